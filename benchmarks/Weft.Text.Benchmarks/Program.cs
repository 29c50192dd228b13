using Weft.Text.Benchmarks;

// encode [tokenizer], threads [tokenizer], hostile [tokenizer], train [megabytes]
string[] arguments = args.Length == 0 ? ["encode"] : args;
string? choice = arguments.ElementAtOrDefault(1);
switch (arguments[0])
{
    case "encode":
        EncodingBenchmark.Run(choice);
        return 0;
    case "threads":
        ThreadsBenchmark.Run(choice);
        return 0;
    case "hostile":
        HostileBenchmark.Run(choice);
        return 0;
    case "train":
        TrainingBenchmark.Run(choice is null ? 100 : int.Parse(choice, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
    default:
        Console.Error.WriteLine($"'{arguments[0]}' is no benchmark; benchmarks: encode, threads, hostile, train");
        return 1;
}
