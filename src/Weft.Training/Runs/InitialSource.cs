using System.Text.Json;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Modules;
using Weft.Training.Runs.Checkpoints;

using static TorchSharp.torch;

namespace Weft.Training.Runs;

/// <summary>
/// What a run may begin with: a Hugging Face folder, a GGUF file, a run of Weft's (its exported model or, where it has none yet, its newest
/// checkpoint), or one checkpoint of a run.
/// </summary>
internal abstract class InitialSource : IDisposable
{
    private protected InitialSource(string path) => Path = path;

    /// <summary>As the recipe has it.</summary>
    public string Path { get; }

    /// <summary>What the model computes.</summary>
    public abstract ModelSpec Spec { get; }

    /// <summary>Its family.</summary>
    public abstract Architecture Architecture { get; }

    /// <summary>Ids that the model names: the start of a decoder beside an encoder, what has to follow it, what ends a text.</summary>
    public abstract (int? Start, int? ForcedBegin, int? End) Ids { get; }

    /// <summary>Names of a classifier's labels, by their index; empty where it has none.</summary>
    public abstract IReadOnlyList<string> Labels { get; }

    /// <summary>Opens it.</summary>
    /// <exception cref="CheckpointException">It is damaged or of an unknown kind; tensors that are missing, left over or of another shape are named.</exception>
    public static InitialSource Open(string path)
    {
        bool isRun = Directory.Exists(path) && !File.Exists(System.IO.Path.Combine(path, CompanionFile.Config)) && File.Exists(new RunFolder(path).RecipeFile);
        if (isRun)
        {
            var folder = new RunFolder(path);
            if (File.Exists(System.IO.Path.Combine(folder.ModelFolder, CompanionFile.Config)))
                return new OfCheckpoint(path, folder.ModelFolder);
            return new OfState(path, folder.NewestCheckpoint ?? throw new CheckpointException(path, "is a run without a model or a checkpoint; finish it first"));
        }
        return File.Exists(path) && TrainingState.IsOne(path) ? new OfState(path, path) : new OfCheckpoint(path, path);
    }

    /// <summary>The model's own tokenizer; null where it has none.</summary>
    public abstract Tokenizer? LoadTokenizer();

    /// <summary>The tokenizer of targets, where it is another than that of sources.</summary>
    public virtual Tokenizer? LoadTargetTokenizer() => null;

    /// <summary>Sets the weights of a model to those of this one.</summary>
    /// <param name="model">Of the same specification, but for its head perhaps.</param>
    /// <param name="newHead">The head keeps its own weights.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CheckpointException">The model is damaged, or a weight is no finite number.</exception>
    public abstract void Load(TrainableModel model, bool newHead, CancellationToken cancellation);

    /// <summary>The text of a file beside the model; null where there is none.</summary>
    /// <param name="name">One of <see cref="CompanionFile"/>.</param>
    public abstract string? ReadCompanion(string name);

    /// <summary>Copies the files that belong beside the trained model as they do beside this one: of the tokenizer, of conversations, of generation, and the config.</summary>
    /// <param name="folder">An existing folder.</param>
    public abstract void CopyFiles(string folder);

    /// <inheritdoc/>
    public abstract void Dispose();

    private sealed class OfCheckpoint : InitialSource
    {
        private const string SourceModel = "source.spm", TargetModel = "target.spm";

        /// <summary>What describes the vector of a model that is trained to predict tokens instead.</summary>
        private static readonly string[] Pooling = ["modules.json", "1_Pooling/config.json"];

        /// <summary>Files of tokenizers beside those that every checkpoint can name.</summary>
        private static readonly string[] TokenizerFiles =
            ["vocab.txt", "vocab.json", "merges.txt", "encoder.json", "vocab.bpe", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", SourceModel, TargetModel];

        private readonly string _model;
        private readonly Checkpoint _checkpoint;

        public OfCheckpoint(string path, string model)
            : base(path) => (_model, _checkpoint) = (model, Checkpoint.Open(model));

        public override ModelSpec Spec => _checkpoint.Spec;

        public override Architecture Architecture => _checkpoint.Architecture;

        public override (int? Start, int? ForcedBegin, int? End) Ids =>
            (Spec.HasSource ? _checkpoint.DecoderStartId : null, _checkpoint.ForcedBeginId, _checkpoint.EndOfTextIds is [var id, ..] ? id : null);

        public override IReadOnlyList<string> Labels => _checkpoint.GivesNumber ? [] : _checkpoint.Labels;

        private bool IsFolder => Directory.Exists(_model);

        public override Tokenizer? LoadTokenizer() =>
            (IsFolder ? Tokenizer.FindFile(_model) is not null : _checkpoint.HasTokenizer) ? Tokenizer.Load(_model) : null;

        public override Tokenizer? LoadTargetTokenizer()
        {
            string target = System.IO.Path.Combine(_model, TargetModel);
            bool separate = IsFolder && System.IO.Path.GetFileName(Tokenizer.FindFile(_model)) == SourceModel && File.Exists(target);
            return separate ? Tokenizer.Load(target) : null;
        }

        public override void Load(TrainableModel model, bool newHead, CancellationToken cancellation)
        {
            _checkpoint.CheckWeights(cancellation);
            foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
            {
                // Parts of two heads may have one name and shape.
                if (newHead && parameter.Name.StartsWith(ModelParameters.Head + ".", StringComparison.Ordinal))
                    continue;
                cancellation.ThrowIfCancellationRequested();
                float[] values = new float[parameter.Count];
                _checkpoint.Read(parameter, values);
                model.Write(parameter, values);
            }
        }

        public override string? ReadCompanion(string name) => _checkpoint.ReadCompanion(name);

        public override void CopyFiles(string folder)
        {
            foreach (string name in CompanionFile.Names.Except(Pooling))
                if (_checkpoint.ReadCompanion(name) is { } text)
                    AtomicFile.WriteText(System.IO.Path.Combine(folder, name), text);
            if (!IsFolder)
                return;
            foreach (string file in TokenizerFiles.Select(name => System.IO.Path.Combine(_model, name)).Where(File.Exists).Concat(Directory.EnumerateFiles(_model, "*.tiktoken")))
                AtomicFile.CopyInto(folder, file);
        }

        public override void Dispose() => _checkpoint.Dispose();
    }

    /// <summary>A state or the best weights of a run that is not finished.</summary>
    private sealed class OfState : InitialSource
    {
        private readonly CheckpointFile _file;
        private readonly RunFolder _run;
        private readonly InitialModel? _initial;
        private readonly Recipe _recipe;

        public OfState(string path, string file)
            : base(path)
        {
            _run = new(System.IO.Path.GetDirectoryName(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file)))!);
            if (!File.Exists(_run.RecipeFile) || !File.Exists(_run.TokenizerFile))
                throw new CheckpointException(file, $"belongs to a run, but {_run.Path} lacks its recipe.yaml or tokenizer.json; leave the checkpoint in the folder of its run");
            _recipe = RecipeFile.Read(_run.RecipeFile);
            if (_recipe.Training.Adapter is not null)
                throw new CheckpointException(file, "is of a run that trains an adapter, and holds nothing of the model beside it; finish that run, then give its folder");
            _initial = InitialModel.TryRead(_run.InitialModelFile);
            _file = CheckpointFile.Open(file);
            try
            {
                using JsonDocument identity = JsonDocument.Parse(_file.Metadata(RunIdentity.MetadataKey));
                using JsonDocument spec = JsonDocument.Parse(identity.RootElement.GetProperty("model").GetString()!);
                Spec = SpecJson.Read(spec.RootElement);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                _file.Dispose();
                throw new CheckpointException(file, $"does not say which model it is of ({e.Message}); give the folder of its run", e);
            }
        }

        public override ModelSpec Spec { get; }

        public override Architecture Architecture => _initial?.Architecture ?? ArchitectureCatalogue.ForModelType(_recipe.Model.Architecture);

        public override (int? Start, int? ForcedBegin, int? End) Ids
        {
            get
            {
                ObjectiveTokens tokens = ObjectiveTokens.Of(_recipe, Tokenizer.Load(_run.TokenizerFile), _initial);
                return (tokens.Start, tokens.Start is null ? null : tokens.TargetBegin, tokens.End);
            }
        }

        public override IReadOnlyList<string> Labels => _recipe.Task?.Labels ?? [];

        public override Tokenizer LoadTokenizer() => Tokenizer.Load(Tokenizer.FindFile(_run.InitialFolder) is null ? _run.TokenizerFile : _run.InitialFolder);

        public override void Load(TrainableModel model, bool newHead, CancellationToken cancellation)
        {
            HashSet<string> known = [.. ModelParameters.Enumerate(model.Spec).Select(parameter => parameter.Name)
                .Where(name => !newHead || !name.StartsWith(ModelParameters.Head + ".", StringComparison.Ordinal))];
            foreach (IParameterRows store in model.Stores.Where(store => known.Contains(store.Parts[0].Name)))
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                Tensor whole = empty([store.Parts.Sum(part => part.Shape[0]), .. store.Parts[0].Shape[1..]], ScalarType.Float32, CPU);
                _file.CopyInto(TrainingState.NameOf(store.Parts[0].Name), whole);
                long row = 0;
                foreach (ParameterSpec part in store.Parts)
                {
                    model.Write(part, whole.narrow(0, row, part.Shape[0]).data<float>().ToArray());
                    row += part.Shape[0];
                }
            }
        }

        public override string? ReadCompanion(string name) =>
            new[] { _run.ChatFolder, _run.InitialFolder }.Select(folder => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } file ? File.ReadAllText(file) : null;

        public override void CopyFiles(string folder)
        {
            foreach (string from in new[] { _run.InitialFolder, _run.ChatFolder }.Where(Directory.Exists))
                foreach (string file in Directory.EnumerateFiles(from))
                    AtomicFile.CopyInto(folder, file);
        }

        public override void Dispose() => _file.Dispose();
    }
}
