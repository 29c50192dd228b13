using System.Text;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;
using Weft.Model.Tests.Fuzzing;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>The published configs of every family, damaged at random, alone and beside the weights that they described before.</summary>
public sealed class ConfigFuzzTests
{
    private const string FileName = "config.json";

    private const int DefaultIterations = 10_000;

    /// <summary>Writing files is slow beside reading them.</summary>
    private const int ConfigsPerFolder = 20;

    /// <summary>Parameters that are located; a config may describe many.</summary>
    private const int MostLocated = 200;

    private static readonly byte[] Interesting = [0, 0x7f, 0xff, .. "0123456789-+.eE{}[]:,\"\\ \n"u8];

    private static readonly (string ModelType, int Sample, byte[] Json)[] Samples =
        [.. CatalogueSamples.All.Select(row => row.Data).Select(row => (row.Item1, row.Item2, Encoding.UTF8.GetBytes(CatalogueSamples.Of(row.Item1)[row.Item2])))];

    [Fact]
    public void A_damaged_config_is_read_or_refused() => new Fuzz
    {
        File = FileName,
        AllowedBesides = Fuzz.AllowedForBlocks,
        Make = random => Make(random, Samples[random.Next(Samples.Length)].Json),
        Read = bytes =>
        {
            ConfigReader config = ConfigReader.Parse(FileName, bytes);
            (Architecture architecture, ModelSpec spec) = config.ReadModel(name => new(name, null));
            _ = GenerationIds.Read(null, config);
            _ = config.ReadTextsByIndex("id2label");
            foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec).Take(MostLocated))
                Assert.NotEmpty(architecture.Locate(spec, parameter).Name);
        },
    }.Run(Fuzz.Iterations(DefaultIterations));

    [Fact]
    public void A_damaged_config_beside_weights_is_read_or_refused()
    {
        ModelFolder[] folders = [.. Samples.Select(sample => new ModelFolder(sample.ModelType, sample.Sample))];
        byte[][] configs = [.. folders.Select(folder => File.ReadAllBytes(folder.Config))];
        ModelFolder chosen = folders[0];
        new Fuzz
        {
            File = Path.GetTempPath(),
            AllowedBesides = Fuzz.AllowedForBlocks,
            Make = random =>
            {
                int one = random.Next(folders.Length);
                chosen = folders[one];
                return Make(random, configs[one]);
            },
            Place = bytes => File.WriteAllBytes(chosen.Config, bytes),
            Read = _ =>
            {
                using Checkpoint model = Checkpoint.Open(chosen.Path);
                foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
                    model.Read(parameter, new float[parameter.Count]);
            },
        }.Run(Fuzz.Iterations(DefaultIterations) / ConfigsPerFolder);
        Array.ForEach(folders, folder => folder.Dispose());
    }

    private static byte[] Make(Random random, byte[] json)
    {
        byte[] other = Samples[random.Next(Samples.Length)].Json;
        return random.Next(5) == 0 ? Damage.Bytes(random, json, other, Interesting) : Damage.Json(random, json, other);
    }
}
