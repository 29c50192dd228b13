using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Text;
using Weft.Training.Modules;

namespace Weft.Training.Runs;

/// <summary>Writes what a run has trained as a Hugging Face folder that can be used at once.</summary>
internal static class RunExport
{
    /// <summary>Writes weights and config, and the files of the tokenizer: those of the model that the run began with, where it kept that model's tokenizer.</summary>
    /// <param name="run">The run's files.</param>
    /// <param name="architecture">The family under which the model is saved.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="tokens">The tokenizer and its special tokens.</param>
    public static void Write(RunFolder run, Architecture architecture, TrainableModel model, ObjectiveTokens tokens)
    {
        string config = Path.Combine(run.InitialFolder, CompanionFile.Config);
        HuggingFaceExport.Save(run.ModelFolder, architecture, model.Spec, model.Read, tokens.Export with { Config = File.Exists(config) ? File.ReadAllText(config) : null });
        string[] kept = Directory.Exists(run.InitialFolder) ? Directory.GetFiles(run.InitialFolder) : [];
        foreach (string file in kept.Where(file => Path.GetFileName(file) != CompanionFile.Config))
            AtomicFile.CopyInto(run.ModelFolder, file);
        if (kept.Length == 0 || Tokenizer.FindFile(run.InitialFolder) is null)
            tokens.Tokenizer.Save(In(run, CompanionFile.Tokenizer));
        if (!File.Exists(Path.Combine(run.InitialFolder, CompanionFile.TokenizerConfig)))
            tokens.WriteConfig(In(run, CompanionFile.TokenizerConfig), model.Spec.ContextLength);
    }

    private static string In(RunFolder run, string name) => Path.Combine(run.ModelFolder, name);
}
