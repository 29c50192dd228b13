using Weft.Benchmarks.Peers;
using Weft.Cli;

return CommandLineProgram.RunProcess(args, () => DocumentedCommand.CreateRoot("Weft.Benchmarks.Peers",
    "Runs Weft and its peers in turns on the same models",
    new DecoderCommand(args).Create(),
    new EncoderCommand(args).Create()));
