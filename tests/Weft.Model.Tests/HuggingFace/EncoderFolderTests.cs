using System.Text.Json.Nodes;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>What published checkpoints of encoders have otherwise than their own export: older names, tensors of other heads, shared tables.</summary>
public sealed class EncoderFolderTests
{
    [Theory]
    [InlineData("bert", 0, "LayerNorm.weight", "LayerNorm.gamma")]
    [InlineData("bert", 0, "LayerNorm.bias", "LayerNorm.beta")]
    [InlineData("bert", 0, "cls.predictions.bias", "cls.predictions.decoder.bias")]
    [InlineData("bert", 0, "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight")]
    [InlineData("bert", 5, "bert.", "")]
    [InlineData("roberta", 0, "lm_head.bias", "lm_head.decoder.bias")]
    [InlineData("roberta", 0, "roberta.embeddings.word_embeddings.weight", "lm_head.decoder.weight")]
    [InlineData("distilbert", 0, "distilbert.embeddings.word_embeddings.weight", "vocab_projector.weight")]
    [InlineData("t5", 0, "shared.weight", "lm_head.weight")]
    [InlineData("t5", 1, "shared.weight", "encoder.embed_tokens.weight")]
    [InlineData("t5", 1, "shared.weight", "decoder.embed_tokens.weight")]
    [InlineData("bart", 0, "model.shared.weight", "lm_head.weight")]
    [InlineData("bart", 1, "model.", "")]
    [InlineData("bart", 1, "model.shared.weight", "encoder.embed_tokens.weight")]
    [InlineData("m2m_100", 0, "model.shared.weight", "model.decoder.embed_tokens.weight")]
    public void A_tensor_is_found_under_its_other_names_too(string modelType, int sample, string name, string other)
    {
        using var folder = new ModelFolder(modelType, sample);
        int renamed = 0;
        folder.ChangeTensors(tensor => tensor.Name.Contains(name, StringComparison.Ordinal) && ++renamed > 0 ? tensor with { Name = tensor.Name.Replace(name, other, StringComparison.Ordinal) } : tensor);
        Assert.NotEqual(0, renamed);
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(folder.Spec))
        {
            float[] read = new float[parameter.Count];
            model.Read(parameter, read);
            Assert.Equal(CatalogueSamples.RandomWeights(parameter), read);
        }
    }

    [Theory]
    [InlineData("bert", 0, "cls.seq_relationship.weight")]
    [InlineData("bert", 0, "bert.pooler.dense.bias")]
    [InlineData("bert", 0, "bert.embeddings.position_ids")]
    [InlineData("bert", 3, "pooler.dense.weight")]
    [InlineData("bert", 5, "cls.predictions.bias")]
    [InlineData("roberta", 0, "roberta.pooler.dense.weight")]
    [InlineData("roberta", 4, "lm_head.layer_norm.weight")]
    [InlineData("distilbert", 3, "vocab_projector.bias")]
    [InlineData("t5", 0, "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight")]
    [InlineData("t5", 0, "encoder.embed_tokens.weight")]
    [InlineData("t5", 3, "decoder.final_layer_norm.weight")]
    [InlineData("t5", 3, "lm_head.weight")]
    [InlineData("bart", 0, "lm_head.weight")]
    [InlineData("bart", 0, "model.encoder.version")]
    [InlineData("bart", 1, "decoder.embed_tokens.weight")]
    [InlineData("marian", 0, "model.encoder.embed_positions.weight")]
    [InlineData("pegasus", 0, "model.decoder.embed_positions.weight")]
    [InlineData("m2m_100", 0, "model.encoder.embed_positions.weights")]
    public void Tensors_of_other_heads_and_stored_tables_are_passed_over(string modelType, int sample, string extra)
    {
        using var folder = new ModelFolder(modelType, sample);
        Add(folder, extra);
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        Assert.Equal(folder.Spec, model.Spec);
    }

    [Theory]
    [InlineData("bert", 0, "bert.encoder.layer.0.crossattention.self.query.weight")]
    [InlineData("bert", 0, "bert.encoder.layer.2.output.dense.weight")]
    [InlineData("bert", 0, "bert.encoder.layer.0.attention.self.distance_embedding.weight")]
    [InlineData("bert", 0, "classifier.weight")]
    [InlineData("roberta", 0, "classifier.dense.weight")]
    [InlineData("distilbert", 0, "pre_classifier.weight")]
    [InlineData("t5", 0, "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight")]
    [InlineData("t5", 3, "encoder.block.2.layer.0.layer_norm.weight")]
    [InlineData("bart", 0, "model.encoder.layer_norm.weight")]
    [InlineData("bart", 1, "final_logits_bias")]
    [InlineData("m2m_100", 0, "final_logits_bias")]
    [InlineData("weft", 0, "lm_head.weight")]
    public void A_tensor_that_the_config_does_not_describe_is_refused_by_name(string modelType, int sample, string extra)
    {
        using var folder = new ModelFolder(modelType, sample);
        Add(folder, extra);
        Assert.Equal(extra, folder.Refused(folder.Weights).Tensor);
    }

    [Fact]
    public void The_bias_of_the_logits_is_a_matrix_of_one_row()
    {
        using var folder = new ModelFolder("marian", 0);
        Assert.Equal([1, 11], folder.Tensors().Single(tensor => tensor.Name == "final_logits_bias").Shape);
        folder.ChangeTensors(tensor => tensor.Name == "final_logits_bias" ? tensor with { Shape = [11] } : tensor);
        CheckpointException refusal = folder.Refused(folder.Weights);
        Assert.Equal([1, 11], refusal.ExpectedShape);
        Assert.Equal([11], refusal.FoundShape);
    }

    [Fact]
    public void Ids_that_steer_generation_come_from_either_file_and_the_one_made_for_them_wins()
    {
        using var folder = new ModelFolder("marian", 0);
        foreach ((string key, string json) in new[] { ("decoder_start_token_id", "10"), ("forced_bos_token_id", "4"), ("bad_words_ids", "[[10],[3,4],[9]]"), ("suppress_tokens", "[8]"), ("eos_token_id", "[0,5]") })
            folder.SetConfig(key, json);
        File.Delete(folder.File("generation_config.json"));
        Assert.Equal((10, 4, "8 10 9", "0 5"), Ids(folder));
        File.WriteAllText(folder.File("generation_config.json"), """{"decoder_start_token_id":3,"forced_bos_token_id":null,"eos_token_id":1,"bad_words_ids":[[7]]}""");
        Assert.Equal((3, 4, "8 7", "1"), Ids(folder));
        File.WriteAllText(folder.File("generation_config.json"), """{"bad_words_ids":[7]}""");
        Assert.Equal("8 7", Ids(folder).Suppressed);
        File.WriteAllText(folder.File("generation_config.json"), """{"bad_words_ids":[["x"]]}""");
        Assert.Contains("bad_words_ids", folder.Refused(folder.File("generation_config.json")).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("generation_config.json"), """{"decoder_start_token_id":"x"}""");
        Assert.Contains("decoder_start_token_id", folder.Refused(folder.File("generation_config.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BART_s_older_key_forces_the_beginning_of_a_text()
    {
        using var folder = new ModelFolder("bart", 0);
        folder.SetConfig("force_bos_token_to_be_generated", "true");
        folder.SetConfig("bos_token_id", "6");
        File.Delete(folder.File("generation_config.json"));
        Assert.Equal((null, 6), (Ids(folder).Start, Ids(folder).Forced));
        folder.SetConfig("forced_bos_token_id", "0");
        Assert.Equal(0, Ids(folder).Forced);
    }

    [Fact]
    public void Saved_ids_are_read_back()
    {
        using var folder = new TemporaryFolder();
        HuggingFaceExport.Save(folder.FullName, new M2M100(), CatalogueSamples.Spec("m2m_100", 0), CatalogueSamples.RandomWeights, new() { EndOfTextId = 2, DecoderStartId = 2, ForcedBeginId = 5 });
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.FullName);
        Assert.Equal((2, 5), (model.DecoderStartId, model.ForcedBeginId));
        foreach (string file in new[] { "config.json", "generation_config.json" })
            Assert.Equal(5, (int)JsonNode.Parse(File.ReadAllText(folder.File(file)))!["forced_bos_token_id"]!);
    }

    private static (int? Start, int? Forced, string Suppressed, string Ends) Ids(ModelFolder folder)
    {
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        return (model.DecoderStartId, model.ForcedBeginId, string.Join(' ', model.SuppressedIds), string.Join(' ', model.EndOfTextIds));
    }

    private static void Add(ModelFolder folder, string name) => ModelFolder.WriteTensors(folder.Weights,
        [.. folder.Tensors(), new RawSafetensors.Tensor(name, "F32", [2], new byte[8])]);
}
