using Weft.Cli;
using Weft.Cli.Train;

return CommandLineProgram.RunProcess(args, WeftTrainTool.CreateRoot);
