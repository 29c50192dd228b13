using Weft.Model.Architectures;
using Weft.Model.Checkpoints.Peft;
using Weft.Model.Spec;
using Weft.Training.Modules;

namespace Weft.Training.Runs;

/// <summary>Writes what a run has trained beside frozen weights as an adapter in PEFT's layout.</summary>
internal static class AdapterExport
{
    /// <summary>Writes it.</summary>
    /// <param name="folder">Created when needed.</param>
    /// <param name="architecture">The model's family.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="options">Its adapter.</param>
    /// <param name="baseModel">Where the frozen weights come from, for those who load the adapter.</param>
    public static void Write(string folder, Architecture architecture, TrainableModel model, AdapterOptions options, string? baseModel) =>
        LoraAdapter.Save(Directory.CreateDirectory(folder).FullName, architecture, model.Spec, parameter => Pair(model, parameter), new()
        {
            Rank = options.Rank,
            Alpha = options.Alpha,
            RankStabilised = options.RankStabilised,
            Dropout = options.Dropout,
            BaseModel = baseModel,
            Magnitudes = options.Kind == AdapterKind.Dora ? parameter => Lengths(model, parameter) : null,
            Whole = options.TrainsHead ? parameter => options.Freezes(parameter) ? null : model.Read(parameter) : null,
        });

    private static LoraMatrices? Pair(TrainableModel model, ParameterSpec parameter)
    {
        if (model.FindAdapter(parameter) is not (var adapter, var part) || !adapter.Adapts(part))
            return null;
        (float[] a, float[] b) = adapter.ReadPair(part);
        return new(a, b);
    }

    /// <summary>Also of projections that are not adapted, where the family keeps them in one tensor with some that are.</summary>
    private static float[] Lengths(TrainableModel model, ParameterSpec parameter)
    {
        if (model.FindAdapter(parameter) is (var adapter, var part))
            return adapter.ReadLengths(part);
        float[] values = model.Read(parameter);
        int columns = (int)parameter.Shape[1];
        return [.. values.Chunk(columns).Select(row => (float)Math.Sqrt(row.Sum(value => (double)value * value)))];
    }
}
