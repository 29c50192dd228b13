using Microsoft.Extensions.AI;
using Weft.Inference;
using Weft.Model.Spec;

namespace Weft.Tasks.Tests;

public sealed class TextEmbedderTests
{
    private static readonly string[] Texts = ["the cat sat", "a red book is good", "london"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mean embedding")]
    [InlineData("BERT's pooler")]
    public async Task A_model_that_is_made_for_vectors_gives_its_own(string mechanism)
    {
        using TaskModel task = TaskModel.Of(mechanism, WordTokenizer.Bert);
        using var embedder = new TextEmbedder(task.Model);
        GeneratedEmbeddings<Embedding<float>> together = await embedder.GenerateAsync(Texts, cancellationToken: Token);
        for (int i = 0; i < Texts.Length; i++)
        {
            float[] expected = task.Outputs(WordTokenizer.Bert.Ids($"[CLS] {Texts[i]} [SEP]"));
            Assert.Equal(expected, embedder.Embed(Texts[i]));
            Assert.Equal(expected, together[i].Vector.ToArray());
        }
        Assert.Equal(Texts.Sum(text => text.Split(' ').Length + 2), together.Usage!.InputTokenCount);
    }

    [Theory]
    [InlineData("token classes", null, Pooling.Mean)]
    [InlineData("token classes", Pooling.Last, Pooling.Last)]
    [InlineData("mean embedding", Pooling.First, Pooling.First)]
    public async Task Other_models_and_other_poolings_read_the_hidden_states(string mechanism, Pooling? asked, Pooling expected)
    {
        using TaskModel task = TaskModel.Of(mechanism, WordTokenizer.Bert);
        using var embedder = new TextEmbedder(task.Model, new() { Pooling = asked, Normalize = true });
        float[][] together = [.. (await embedder.GenerateAsync(Texts, cancellationToken: Token)).Select(one => one.Vector.ToArray())];
        for (int i = 0; i < Texts.Length; i++)
        {
            int[] ids = WordTokenizer.Bert.Ids($"[CLS] {Texts[i]} [SEP]");
            float[] states = new float[ids.Length * 24], pooled = new float[24];
            task.Engine.ComputeHidden(new(ids), states);
            SequencePooling.Pool(expected, states, pooled);
            SequencePooling.Normalize(pooled);
            Assert.Equal(pooled, together[i]);
            Assert.Equal(pooled, embedder.Embed(Texts[i]));
        }
    }

    [Fact]
    public void Of_an_encoder_decoder_it_is_the_encoder()
    {
        using TaskModel task = TaskModel.Of("the original Transformer", WordTokenizer.Translator);
        int[] ids = WordTokenizer.Translator.Ids("a red book </s>");
        float[] states = new float[ids.Length * 24], pooled = new float[24];
        task.Engine.ComputeSource(ids, states);
        SequencePooling.Pool(Pooling.Mean, states, pooled);
        using var embedder = new TextEmbedder(task.Model);
        Assert.Equal(pooled, embedder.Embed("a red book"));
    }

    [Fact]
    public async Task What_is_not_honoured_is_refused()
    {
        using TaskModel task = TaskModel.Of("mean embedding", WordTokenizer.Bert, context: 6);
        using var embedder = new TextEmbedder(task.Model);
        EmbeddingGenerationOptions[] unknown = [new() { Dimensions = 12 }, new() { ModelId = "other" }, new() { AdditionalProperties = new() { ["x"] = 1 } }, new() { RawRepresentationFactory = _ => null }];
        foreach (EmbeddingGenerationOptions options in unknown)
            await Assert.ThrowsAsync<ArgumentException>(() => embedder.GenerateAsync(Texts, options, Token));
        string[] longer = ["the cat sat on it"];
        Assert.Contains("7 tokens", (await Assert.ThrowsAsync<ArgumentException>(() => embedder.GenerateAsync(longer, cancellationToken: Token))).Message, StringComparison.Ordinal);
        using var cutting = new TextEmbedder(task.Model, new() { Long = LongInput.Truncate });
        Assert.Equal(embedder.Embed("the cat sat on"), cutting.Embed(longer[0]));
        Assert.Equal(24, embedder.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelDimensions);
        Assert.Same(task.Model, embedder.GetService<LanguageModel>());
    }

    [Fact]
    public async Task Cancelling_ends_it()
    {
        using TaskModel task = TaskModel.Of("mean embedding", WordTokenizer.Bert);
        using var embedder = new TextEmbedder(task.Model);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedder.GenerateAsync(Texts, cancellationToken: cancelled.Token));
    }
}
