"""Programs that people would use instead, each on the same file; those that aren't installed are left out."""
import pathlib, re, shutil, subprocess, sys

from measuring import measure

SISIMAI = r'''
use strict; use warnings; use Sisimai;
# Before version 5 it was called make.
my $found = (Sisimai->can('rise') ? Sisimai->rise($ARGV[0]) : Sisimai->make($ARGV[0])) || [];
printf "%d\n", scalar @$found;
'''

EMAIL = r'''
import email, email.policy, sys
mail = bytearray()
def take():
    if mail:
        for part in email.message_from_bytes(bytes(mail), policy=email.policy.compat32).walk():
            if not part.is_multipart(): part.get_payload(decode=True)
for line in open(sys.argv[1], 'rb'):
    if line.startswith(b'From ') and line[-5:-1].isdigit(): take(); mail.clear()
    else: mail += line
take()
'''

GMIME = r'''
#include <gmime/gmime.h>
#include <fcntl.h>
static void part(GMimeObject *up, GMimeObject *object, gpointer data) {
  if (!GMIME_IS_PART(object)) return;
  GMimeDataWrapper *content = g_mime_part_get_content((GMimePart *)object);
  if (content) g_mime_data_wrapper_write_to_stream(content, data);
}
int main(int count, char **arguments) {
  g_mime_init();
  GMimeStream *file = g_mime_stream_fs_new(open(arguments[1], O_RDONLY)), *null = g_mime_stream_null_new();
  GMimeParser *parser = g_mime_parser_new_with_stream(file);
  g_mime_parser_set_format(parser, GMIME_FORMAT_MBOX);
  while (!g_mime_parser_eos(parser)) {
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (!message) continue;
    g_mime_message_foreach(message, part, null);
    g_object_unref(message);
  }
  return count != 2;
}
'''


def succeeds(*command):
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def gmime_program(folder):
    """GMime's parser, every part decoded: a C program that is built here, as Debian has the library alone."""
    if not succeeds('pkg-config', '--exists', 'gmime-3.0'):
        return None
    program, source = folder / 'gmime-parse', folder / 'gmime-parse.c'
    source.write_text(GMIME)
    flags = subprocess.run(['pkg-config', '--cflags', '--libs', 'gmime-3.0'], capture_output=True, text=True).stdout.split()
    subprocess.run(['cc', '-O2', '-o', program, source, *flags], check=True)
    return program


def contestants(folder):
    """(name, what it does, command on an mbox) of each that is installed."""
    found = [('gzip -1', 'compresses the file', lambda mbox: ['gzip', '-1', '-c', mbox]),
             ('sha256sum', 'reads and hashes the file', lambda mbox: ['sha256sum', mbox])]
    email = folder / 'email-parse.py'
    email.write_text(EMAIL)
    found.append(('Python email', 'parses, decodes every part', lambda mbox: [sys.executable, email, mbox]))
    if program := gmime_program(folder):
        found.append(('GMime', 'parses, decodes every part', lambda mbox: [program, mbox]))
    if succeeds('perl', '-MSisimai', '-e', '1'):
        script = folder / 'sisimai.pl'
        script.write_text(SISIMAI)
        found.append(('Sisimai (Perl)', 'parses and judges bounces', lambda mbox: ['perl', script, mbox]))
    if shutil.which('notmuch'):
        found.append(('notmuch new', 'indexes a Maildir', None))
    return found


def notmuch(maildir, folder):
    """Indexes a Maildir; the index lies in a folder of its own, so that the Maildir stays as it is."""
    database, configuration = folder / 'notmuch', folder / 'notmuch.conf'
    shutil.rmtree(database, ignore_errors=True)
    database.mkdir()
    configuration.write_text(f'[database]\npath={database}\nmail_root={maildir}\n[user]\nname=Bench\n'
                             'primary_email=bench@example.org\n[new]\ntags=new\n')
    return measure(['notmuch', f'--config={configuration}', 'new', '--quiet'], stderr=subprocess.DEVNULL)
