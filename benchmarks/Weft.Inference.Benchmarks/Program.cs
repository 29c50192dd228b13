using Weft.Inference.Benchmarks;

// load [folder for 4 GB of models]; measure MODEL is what it runs in processes of their own
switch (args)
{
    case [] or ["load"]:
        LoadBenchmark.Run(Path.GetTempPath());
        return 0;
    case ["load", var folder]:
        LoadBenchmark.Run(folder);
        return 0;
    case ["measure", var model]:
        LoadMeasure.Of(model).Write();
        return 0;
    default:
        Console.Error.WriteLine($"'{string.Join(' ', args)}' is no benchmark; benchmarks: load [FOLDER]");
        return 1;
}
