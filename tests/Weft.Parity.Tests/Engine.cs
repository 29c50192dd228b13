using Weft.Inference;
using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Training.Modules;

namespace Weft.Parity.Tests;

/// <summary>The way of a trained model into the managed engine: a Hugging Face directory, as a user's model goes.</summary>
internal static class Engine
{
    /// <summary>Exports a model as the named family and loads it.</summary>
    public static Transformer Load(TrainableModel model, string modelType) =>
        Load(ArchitectureCatalogue.ForModelType(modelType), model.Spec, model.Read);

    /// <summary>Exports parameters under a family and loads them.</summary>
    public static Transformer Load(Architecture architecture, ModelSpec spec, Func<ParameterSpec, float[]> read, int threads = 2)
    {
        // The mapping outlives the file's name; where the system holds on to mapped files, the folder stays behind.
        using var folder = new TemporaryFolder();
        HuggingFaceExport.Save(folder.FullName, architecture, spec, read, new());
        return Transformer.Load(HuggingFaceModel.Open(folder.FullName), new() { Threads = threads });
    }
}
