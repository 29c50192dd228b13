using Weft.Cli;

return CommandLineProgram.RunProcess(args, WeftTool.CreateRoot);
