#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static long hits; static int cb(unsigned id,unsigned long long f,unsigned long long t,unsigned fl,void*c){hits++;return 0;}
static double now(){struct timespec t;clock_gettime(CLOCK_PROCESS_CPUTIME_ID,&t);return t.tv_sec+t.tv_nsec*1e-9;}
int main(int c,char**v){ // words texts flags maxlen
 char name[99];sprintf(name,"/tmp/hb/words.%s",v[1]);FILE*f=fopen(name,"r");char*w[5000];size_t len[5000];unsigned ids[5000],fl[5000];int n=0;char line[9999];
 int flags=atoi(v[2]),max=atoi(v[3]);
 char seen[5000][260];int total=0;
 while(fgets(line,sizeof line,f)){int l=strlen(line);if(line[l-1]==10)line[--l]=0;total++; if(l>max)line[l=max]=0;int d=0;for(int i=0;i<n;i++)if(!strcmp(w[i],line))d=1;if(d)continue;w[n]=strdup(line);len[n]=l;ids[n]=n;fl[n]=flags;n++;}
 hs_database_t*db;hs_compile_error_t*e;double a=now();
 if(hs_compile_lit_multi((const char*const*)w,fl,ids,len,n,HS_MODE_BLOCK,0,&db,&e)){puts(e->message);return 1;}
 double b=now();size_t sz;hs_database_size(db,&sz);
 hs_scratch_t*s=0;hs_alloc_scratch(db,&s);
 sprintf(name,"/tmp/hb/texts.%s",v[1]);f=fopen(name,"r");fseek(f,0,2);long size=ftell(f);rewind(f);char*t=malloc(size);fread(t,1,size,f);
 double best=9;long bytes=0,calls=0;
 for(int r=0;r<15;r++){double x=now();hits=0;bytes=calls=0;for(long i=0;i<size;){unsigned k;memcpy(&k,t+i,4);i+=4;hs_scan(db,t+i,k,0,s,cb,0);i+=k;bytes+=k;calls++;}double y=now()-x;if(y<best)best=y;}
 printf("%-5s flags %d max %2d: lits %d/%d compile %.1f ms db %zu; %ld calls %ld bytes %.2f ms = %.2f ns/byte %.0f ns/call hits %ld\n",v[1],flags,max,n,total,(b-a)*1e3,sz,calls,bytes,best*1e3,best*1e9/bytes,best*1e9/calls,hits);
}
