import Lambda
try probe(CommandLine.arguments[1], CommandLine.arguments[2] == "rows", Int(CommandLine.arguments[3])!)
