using System.Runtime.InteropServices;
using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Quantization;
using Weft.Model.Spec;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>Folders of GPTQ and AWQ, whose codes the tests lay out by the packers' loops: the way opposite to reading them.</summary>
public sealed class PackedWeightsTests
{
    private const string Gptq = """{"quant_method":"gptq","bits":4,"group_size":16,"desc_act":false,"sym":false}""",
        GptqV2 = """{"quant_method":"gptq","bits":4,"group_size":16,"checkpoint_format":"gptq_v2"}""",
        Awq = """{"quant_method":"awq","bits":4,"group_size":16,"zero_point":true,"version":"gemm"}""";

    private const string Layer = "model.layers.1.mlp.down_proj";

    /// <summary>Input groups of the tests; 40 inputs leave the last one short.</summary>
    private const int GroupSize = 16;

    /// <summary>The order in which AutoAWQ packs eight columns.</summary>
    private static readonly int[] AwqOrder = [0, 2, 4, 6, 1, 3, 5, 7];

    [Theory]
    [InlineData(Gptq, false)]
    [InlineData(Gptq, true)]
    [InlineData(GptqV2, false)]
    [InlineData(Awq, false)]
    public void Weights_are_decoded_as_the_formulas_say(string config, bool ordered)
    {
        using var folder = new PackedFolder(config, ordered);
        using var model = HuggingFaceModel.Open(folder.Path);
        Assert.Matches(@"^(GPTQ|AWQ), 4 bits, groups of 16$", model.Packing);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
        {
            float[] read = new float[parameter.Count];
            model.Read(parameter, read);
            Assert.Equal(folder.Expected[parameter.Name], read);
            Assert.Equal(!folder.IsPacked(parameter), model.TryMap(parameter, out _));
        }
        Assert.True(model.CheckWeights(TestContext.Current.CancellationToken) > 0);
    }

    [Theory]
    [InlineData(Gptq)]
    [InlineData(Awq)]
    public void Any_run_reads_as_the_whole_does(string config)
    {
        using var folder = new PackedFolder(config);
        using var model = HuggingFaceModel.Open(folder.Path);
        ParameterSpec down = ModelParameters.Enumerate(model.Spec).Single(parameter => parameter.Name == "blocks.1.feed_forward.down.weight");
        (TensorView view, _) = model.Find(down);
        float[] all = folder.Expected[down.Name];
        byte[] bytes = MemoryMarshal.AsBytes(all.AsSpan()).ToArray();
        var random = new Random(2);
        for (int trial = 0; trial < 100; trial++)
        {
            int start = random.Next(all.Length), length = random.Next(all.Length - start + 1);
            float[] run = new float[length];
            view.ReadFloats(start, run);
            Assert.Equal(all[start..(start + length)], run);
            int first = random.Next(bytes.Length), count = random.Next(Math.Min(100, bytes.Length - first));
            byte[] part = new byte[count];
            view.ReadBytes(first, part);
            Assert.Equal(bytes[first..(first + count)], part);
        }
        Assert.Throws<InvalidOperationException>(() => view.Address);
    }

    [Fact]
    public void A_decoded_model_is_written_without_its_packing()
    {
        using var folder = new PackedFolder(Gptq);
        using var work = new TemporaryFolder();
        using (Checkpoint model = Checkpoint.Open(folder.Path))
        {
            HuggingFaceExport.Save(work.File("folder"), model, new());
            GgufExport.Save(work.File("model.gguf"), model, [], new() { Mix = QuantizationMix.Find("q8_0") });
        }
        foreach (string path in new[] { work.File("folder"), work.File("model.gguf") })
        {
            using Checkpoint written = Checkpoint.Open(path);
            Assert.DoesNotContain("quantization_config", written.ReadCompanion("config.json"), StringComparison.Ordinal);
            Assert.Null(written.Packing);
        }
        using Checkpoint plain = Checkpoint.Open(work.File("folder"));
        float[] read = new float[folder.Expected["blocks.0.attention.query.weight"].Length];
        plain.Read(ModelParameters.Enumerate(plain.Spec).Single(parameter => parameter.Name == "blocks.0.attention.query.weight"), read);
        Assert.Equal(folder.Expected["blocks.0.attention.query.weight"], read);
    }

    [Theory]
    [InlineData("""{"quant_method":"gptq","bits":8,"group_size":16}""", "'bits'")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":0}""", "'group_size'")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":16,"checkpoint_format":"marlin"}""", "'checkpoint_format'")]
    [InlineData("""{"quant_method":"awq","bits":4,"group_size":16,"version":"gemv"}""", "'version'")]
    [InlineData("""{"quant_method":"awq","bits":4,"group_size":16,"zero_point":false}""", "'zero_point'")]
    public void Other_kinds_are_refused_by_name(string config, string key)
    {
        using var folder = new PackedFolder(Gptq);
        folder.Model.SetConfig("quantization_config", config);
        Assert.Contains(key, folder.Model.Refused($"{folder.Model.Config} (quantization_config)").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("qzeros", null)]
    [InlineData("scales", null)]
    [InlineData("qzeros", 8L)]
    [InlineData("scales", 8L)]
    [InlineData("qweight", 8L)]
    public void Tensors_that_do_not_belong_together_are_refused_by_name(string part, long? rows)
    {
        using var folder = new PackedFolder(Gptq);
        folder.Model.ChangeTensors(tensor => tensor.Name != $"{Layer}.{part}" ? tensor
            : rows is { } wrong ? tensor with { Shape = [wrong, tensor.Shape[1]], Bytes = new byte[wrong * tensor.Shape[1] * (tensor.Bytes.Length / tensor.Shape[0] / tensor.Shape[1])] } : null);
        Assert.Contains($"{Layer}.", folder.Model.Refused(folder.Model.Weights).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_that_there_is_not_is_refused()
    {
        using var folder = new PackedFolder(Gptq, ordered: true);
        folder.Model.ChangeTensors(tensor => tensor.Name == $"{Layer}.g_idx" ? tensor with { Bytes = [.. tensor.Bytes[..8], 3, 0, 0, 0, .. tensor.Bytes[12..]] } : tensor);
        string message = folder.Model.Refused(folder.Model.Weights).Message;
        Assert.Contains($"'{Layer}.g_idx'", message, StringComparison.Ordinal);
        Assert.Contains("not 3 at 2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Biases_of_zeros_are_passed_over_and_others_are_not()
    {
        using var folder = new PackedFolder(Gptq);
        RawSafetensors.Tensor[] tensors = folder.Model.Tensors();
        ModelFolder.WriteTensors(folder.Model.Weights, [.. tensors, new($"{Layer}.bias", "F16", [PackedFolder.Hidden], new byte[2 * PackedFolder.Hidden])]);
        HuggingFaceModel.Open(folder.Path).Dispose();
        ModelFolder.WriteTensors(folder.Model.Weights, [.. tensors, new($"{Layer}.bias", "F16", [PackedFolder.Hidden], [.. new byte[(2 * PackedFolder.Hidden) - 1], 0x3C])]);
        Assert.Contains($"'{Layer}.bias'", folder.Model.Refused(folder.Model.Weights).Message, StringComparison.Ordinal);
    }

    /// <summary>A Llama whose linear layers are packed, all but the head.</summary>
    private sealed class PackedFolder : IDisposable
    {
        public const int Hidden = 24;

        private const int Inner = 40;

        private readonly Random _random = new(1);
        private readonly string _config;
        private readonly bool _ordered;

        public PackedFolder(string config, bool ordered = false)
        {
            (_config, _ordered) = (config, ordered);
            Model = new ModelFolder();
            var norm = new NormSpec.RmsNorm(1e-5);
            var spec = new ModelSpec
            {
                Embedding = new(30, Hidden, new PositionSpec.None()),
                Decoder = StackSpec.Uniform(2, new BlockSpec(norm, new(3, 1, 8, new PositionSpec.Rotary(10_000), AttentionBias.None), norm,
                    new FeedForwardSpec.Gated(Inner, Activation.Silu, Bias: false)), norm),
                Head = new HeadSpec.LanguageModel(TiedEmbedding: false),
                ContextLength = 50,
            };
            var family = new Llama();
            HuggingFaceExport.Save(Path, family, spec, parameter => Expected[parameter.Name] = [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => _random.NextSingle())], new());
            Dictionary<string, ParameterSpec> packed = ModelParameters.Enumerate(spec).Where(IsPacked).ToDictionary(parameter => family.Locate(spec, parameter).Name);
            ModelFolder.WriteTensors(Model.Weights, [.. Model.Tensors().SelectMany(tensor => packed.TryGetValue(tensor.Name, out ParameterSpec? parameter) ? Pack(tensor.Name, parameter) : [tensor])]);
            Model.SetConfig("quantization_config", config);
        }

        public ModelFolder Model { get; }

        public string Path => Model.Path;

        public Dictionary<string, float[]> Expected { get; } = [];

        public bool IsPacked(ParameterSpec parameter) => parameter.Name.StartsWith("blocks.", StringComparison.Ordinal) && parameter.Shape.Length == 2;

        public void Dispose() => Model.Dispose();

        private RawSafetensors.Tensor[] Pack(string name, ParameterSpec parameter)
        {
            int outputs = (int)parameter.Shape[0], inputs = (int)parameter.Shape[1], groups = (inputs + GroupSize - 1) / GroupSize;
            int[,] codes = Draw(inputs, outputs), zeros = Draw(groups, outputs);
            int[] order = [.. Enumerable.Range(0, inputs).Select(i => _ordered ? _random.Next(groups) : i / GroupSize)];
            Half[] scales = [.. Enumerable.Range(0, groups * outputs).Select(_ => (Half)(0.01 + _random.NextDouble()))];
            for (int o = 0; o < outputs; o++)
                for (int i = 0; i < inputs; i++)
                    Expected[parameter.Name][(o * inputs) + i] = (float)scales[(order[i] * outputs) + o] * (codes[i, o] - zeros[order[i], o]);
            string layer = name[..^".weight".Length];
            bool isAwq = _config == Awq;
            // GPTQ's first format has zeros one less, 0 as 15.
            int[] packedZeros = Columns(isAwq ? AwqOrder : [0, 1, 2, 3, 4, 5, 6, 7], groups, outputs, (g, o) => _config == Gptq ? (zeros[g, o] + 15) % 16 : zeros[g, o]);
            int[] packedCodes = isAwq ? Columns(AwqOrder, inputs, outputs, (i, o) => codes[i, o]) : Rows(inputs, outputs, codes);
            RawSafetensors.Tensor[] tensors =
            [
                new($"{layer}.qweight", "I32", isAwq ? [inputs, outputs / 8] : [inputs / 8, outputs], Bytes(packedCodes)),
                new($"{layer}.qzeros", "I32", [groups, outputs / 8], Bytes(packedZeros)),
                new($"{layer}.scales", "F16", [groups, outputs], MemoryMarshal.AsBytes(scales.AsSpan()).ToArray()),
            ];
            return isAwq || !_ordered ? tensors : [.. tensors, new($"{layer}.g_idx", "I32", [inputs], Bytes(order))];
        }

        private int[,] Draw(int rows, int columns)
        {
            int[,] drawn = new int[rows, columns];
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++)
                    drawn[r, c] = _random.Next(16);
            return drawn;
        }

        private static int[] Columns(int[] order, int rows, int columns, Func<int, int, int> code)
        {
            uint[] words = new uint[rows * columns / 8];
            for (int r = 0; r < rows; r++)
                for (int word = 0; word < columns / 8; word++)
                    for (int place = 0; place < 8; place++)
                        words[(r * columns / 8) + word] |= (uint)code(r, (8 * word) + order[place]) << (4 * place);
            return [.. words.Select(word => unchecked((int)word))];
        }

        private static int[] Rows(int rows, int columns, int[,] codes)
        {
            uint[] words = new uint[rows / 8 * columns];
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++)
                    words[(r / 8 * columns) + c] |= (uint)codes[r, c] << (4 * (r % 8));
            return [.. words.Select(word => unchecked((int)word))];
        }

        private static byte[] Bytes(int[] words) => MemoryMarshal.AsBytes(words.AsSpan()).ToArray();
    }
}
