using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Spec;
using Weft.Text;

namespace Weft.Inference.Tests;

/// <summary>A model in a GGUF file computes what it computes in its folder.</summary>
public sealed class GgufTests
{
    public static TheoryData<string> Models => ["llama", "llama with bias", "gpt2", "gpt2 under own names"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_have_the_same_bits(string name)
    {
        RandomModel model = name switch
        {
            "llama" => RandomModel.Llama(new() { Tied = true }),
            "llama with bias" => RandomModel.Llama(new() { Bias = true }),
            "gpt2" => RandomModel.Gpt2(heads: 3, headSize: 8, inner: 50, Activation.GeluTanh, tied: true),
            _ => RandomModel.Gpt2(heads: 3, headSize: 8, inner: 50, Activation.Gelu, tied: false),
        };
        using var folder = new TemporaryFolder();
        string file = folder.File("model.gguf");
        model.Save(folder.FullName);
        using (Checkpoint source = Checkpoint.Open(folder.FullName))
            GgufExport.Save(file, source, [], new());
        Assert.Equal(Logits(folder.FullName, model.Ids(40)), Logits(file, model.Ids(40)));
    }

    [Fact]
    public void A_published_model_with_its_tokenizer_continues_a_text_alike()
    {
        Golden golden = Golden.Read();
        using var folder = new TemporaryFolder();
        string file = folder.File("model.gguf");
        using (Checkpoint source = Checkpoint.Open(Golden.Folder))
            GgufExport.Save(file, source, Tokenizer.Load(Golden.Folder).ToGguf(source.Spec.VocabularySize, source.EndOfTextIds).Keys, new());
        Assert.Equal(Logits(Golden.Folder, golden.PromptIds), Logits(file, golden.PromptIds));
        using TextGenerator generator = TextGenerator.Load(file);
        int count = golden.GreedyIds.Length - golden.PromptIds.Length;
        Assert.Equal(golden.GreedyIds[golden.PromptIds.Length..],
            generator.Generate(golden.Prompt, new() { MaximumTokens = count, Sampling = new() { Temperature = 0 } }, TestContext.Current.CancellationToken).Select(token => token.Id));
        Assert.Equal([2], generator.EndOfTextIds);
    }

    [Fact]
    public void A_file_without_tokenizer_continues_ids()
    {
        RandomModel model = RandomModel.Llama(new());
        using var folder = new TemporaryFolder();
        model.Save(folder.FullName);
        string file = folder.File("model.gguf");
        using (Checkpoint source = Checkpoint.Open(folder.FullName))
            GgufExport.Save(file, source, [], new() { Type = ElementType.F16 });
        using TextGenerator generator = TextGenerator.Load(file);
        Assert.False(generator.HasTokenizer);
        Assert.Equal(3, generator.Generate(model.Ids(5), new() { MaximumTokens = 3 }, TestContext.Current.CancellationToken).Count());
    }

    private static float[] Logits(string path, int[] ids)
    {
        using Transformer engine = Transformer.Load(Checkpoint.Open(path), new() { Threads = 1 });
        float[] logits = new float[ids.Length * engine.Spec.VocabularySize];
        engine.ComputeOutputs(new(ids), logits);
        return logits;
    }
}
