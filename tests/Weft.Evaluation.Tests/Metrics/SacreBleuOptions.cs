using Weft.Evaluation.Metrics.Bleu;

namespace Weft.Evaluation.Tests.Metrics;

/// <summary>sacreBLEU's names of its choices.</summary>
internal static class SacreBleuOptions
{
    public static BleuTokenization Tokenization(string name) => Enum.GetValues<BleuTokenization>().Single(known => BleuTokenizer.Name(known) == name);

    public static BleuSmoothing Smoothing(string method, double? value) => method switch
    {
        "exp" => new BleuSmoothing.Exponential(),
        "none" => new BleuSmoothing.None(),
        "floor" => value is { } floor ? new BleuSmoothing.Floor(floor) : new BleuSmoothing.Floor(),
        _ => value is { } added ? new BleuSmoothing.AddK(added) : new BleuSmoothing.AddK(),
    };
}
