using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>Folders of sentence-transformers: the files beside a model say how its states become one vector.</summary>
public sealed class SentenceTransformersTests
{
    // As sentence-transformers/all-MiniLM-L6-v2 has them, but for the size.
    private const string Modules = """
        [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
         {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
         {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]
        """;

    private const string MeanPooling = """
        {"word_embedding_dimension":6,"pooling_mode_cls_token":false,"pooling_mode_mean_tokens":true,"pooling_mode_max_tokens":false,
         "pooling_mode_mean_sqrt_len_tokens":false,"pooling_mode_weightedmean_tokens":false,"pooling_mode_lasttoken":false,"include_prompt":true}
        """;

    [Theory]
    [InlineData("bert", 5)]
    [InlineData("bert", 1)]
    [InlineData("distilbert", 4)]
    [InlineData("roberta", 4)]
    [InlineData("qwen2", 1)]
    [InlineData("t5", 3)]
    public void The_pooling_takes_the_place_of_the_config_s_head(string modelType, int sample)
    {
        using var folder = new ModelFolder(modelType, sample);
        Write(folder, Modules, MeanPooling.Replace("6", folder.Spec.HiddenSize.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        Assert.Equal(folder.Spec with { Head = new HeadSpec.PooledEmbedding(Pooling.Mean, Normalized: true) }, model.Spec);
    }

    [Theory]
    [InlineData("""{"word_embedding_dimension":6,"pooling_mode_cls_token":true}""", Pooling.First)]
    [InlineData("""{"pooling_mode_lasttoken":true,"pooling_mode_mean_tokens":false}""", Pooling.Last)]
    [InlineData("""{"pooling_mode":"mean"}""", Pooling.Mean)]
    [InlineData("""{"pooling_mode":"cls"}""", Pooling.First)]
    public void Either_way_of_naming_the_mode_is_read_and_without_a_list_nothing_is_normalised(string pooling, Pooling expected)
    {
        using var folder = new ModelFolder("bert", 5);
        Write(folder, null, pooling);
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        Assert.Equal(new HeadSpec.PooledEmbedding(expected, Normalized: false), model.Spec.Head);
    }

    [Theory]
    [InlineData("""{"pooling_mode_max_tokens":true}""", "pooling_mode_max_tokens")]
    [InlineData("""{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":true}""", "pooling_mode_cls_token and pooling_mode_mean_tokens")]
    [InlineData("{}", "nothing")]
    [InlineData("""{"pooling_mode":"weightedmean"}""", "weightedmean")]
    [InlineData("""{"pooling_mode_cls_token":1}""", "pooling_mode_cls_token")]
    [InlineData("""{"pooling_mode_cls_token":true,"word_embedding_dimension":7}""", "word_embedding_dimension")]
    [InlineData("""{"pooling_mode_cls_token":true,"include_prompt":false}""", "include_prompt")]
    [InlineData("[]", "Array")]
    public void Other_ways_of_pooling_are_refused_by_name(string pooling, string named)
    {
        using var folder = new ModelFolder("bert", 5);
        Write(folder, Modules, pooling);
        Assert.Contains(named, folder.Refused(folder.File(Path.Combine("1_Pooling", "config.json"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("models.Normalize", "models.Dense", "Dense")]
    [InlineData("models.Pooling", "models.WordWeights", "WordWeights")]
    [InlineData("1_Pooling", "../1_Pooling", "path")]
    [InlineData("1_Pooling", "..", "path")]
    [InlineData("\"1_Pooling\"", "7", "path")]
    public void Other_modules_are_refused_by_name(string old, string replacement, string named)
    {
        using var folder = new ModelFolder("bert", 5);
        Write(folder, Modules.Replace(old, replacement, StringComparison.Ordinal), MeanPooling);
        Assert.Contains(named, folder.Refused(folder.File("modules.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_is_none_a_missing_pooling_and_a_decoder_beside_the_encoder_are_refused()
    {
        using var folder = new ModelFolder("bert", 5);
        Write(folder, "{}", MeanPooling);
        folder.Refused(folder.File("modules.json"));
        Write(folder, Modules, MeanPooling);
        File.Delete(folder.File(Path.Combine("1_Pooling", "config.json")));
        Assert.Contains("missing", folder.Refused(folder.File(Path.Combine("1_Pooling", "config.json"))).Message, StringComparison.Ordinal);
        using var both = new ModelFolder("t5", 1);
        Write(both, Modules, MeanPooling);
        Assert.Contains("encoder alone", both.Refused(both.File("modules.json")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert", 5, Pooling.Mean, true)]
    [InlineData("bert", 5, Pooling.First, false)]
    [InlineData("roberta", 4, Pooling.First, true)]
    [InlineData("distilbert", 4, Pooling.Last, false)]
    [InlineData("qwen3", 0, Pooling.Last, true)]
    [InlineData("t5", 3, Pooling.First, false)]
    public void What_a_config_cannot_say_of_a_vector_is_saved_beside_it(string modelType, int sample, Pooling pooling, bool normalized)
    {
        Architecture architecture = ArchitectureCatalogue.ForModelType(modelType);
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample) with { Head = new HeadSpec.PooledEmbedding(pooling, normalized) };
        using var folder = new TemporaryFolder();
        HuggingFaceExport.Save(folder.FullName, architecture, spec, CatalogueSamples.RandomWeights, new());
        Assert.True(File.Exists(folder.File("modules.json")));
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.FullName);
        Assert.Equal(spec, model.Spec);
    }

    private static void Write(ModelFolder folder, string? modules, string pooling)
    {
        if (modules is not null)
            File.WriteAllText(folder.File("modules.json"), modules);
        Directory.CreateDirectory(folder.File("1_Pooling"));
        File.WriteAllText(folder.File(Path.Combine("1_Pooling", "config.json")), pooling);
    }
}
