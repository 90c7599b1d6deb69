require ["reject"];
reject "I don't want mail of this kind.";
