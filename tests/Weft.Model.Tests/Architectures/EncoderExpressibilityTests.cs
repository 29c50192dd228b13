using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Architectures;

/// <summary>What a family with an encoder cannot say, it must refuse to save.</summary>
public sealed class EncoderExpressibilityTests
{
    private static ModelSpec BertSpec => CatalogueSamples.Spec("bert", 0);

    private static ModelSpec T5Spec => CatalogueSamples.Spec("t5", 0);

    private static ModelSpec BartSpec => CatalogueSamples.Spec("bart", 0);

    public static TheoryData<string> Changes => [.. Cases.Keys];

    private static Dictionary<string, (Architecture Architecture, ModelSpec Spec)> Cases => new()
    {
        ["bert as a decoder"] = (new Bert(), CatalogueSamples.Spec("gpt2", 0)),
        ["bert without token types"] = (new Bert(), CatalogueSamples.Spec("distilbert", 0)),
        ["bert with positions after padding"] = (new Bert(), CatalogueSamples.Spec("roberta", 4)),
        ["bert with a longer table"] = (new Bert(), BertSpec with { ContextLength = 8 }),
        ["bert with norms before the parts"] = (new Bert(), Encoder(BertSpec, block => block with { Placement = NormPlacement.Pre })),
        ["bert with another norm in the blocks"] = (new Bert(), Encoder(BertSpec, block => block with { FeedForwardNorm = new NormSpec.LayerNorm(0.1, true) })),
        ["bert with rotary positions"] = (new Bert(), Encoder(BertSpec, block => block with { Attention = block.Attention with { HeadSize = 2, Position = new PositionSpec.Rotary(10) } })),
        ["bert with grouped heads"] = (new Bert(), Encoder(BertSpec, block => block with { Attention = block.Attention with { KeyValueHeads = 1 } })),
        ["bert with a gated part"] = (new Bert(), Encoder(BertSpec, block => block with { FeedForward = new FeedForwardSpec.Gated(3, Activation.Gelu, true) })),
        ["bert with a final norm"] = (new Bert(), BertSpec with { Encoder = BertSpec.Encoder! with { FinalNorm = BertSpec.Embedding.Norm } }),
        ["bert with a scaled embedding"] = (new Bert(), BertSpec with { Embedding = BertSpec.Embedding with { Scale = 2 } }),
        ["bert with a head of another nonlinearity"] = (new Bert(), BertSpec with { Head = new HeadSpec.MaskedLanguageModel(true, Activation.Relu, BertSpec.Embedding.Norm!) }),
        ["bert with a head of another norm"] = (new Bert(), BertSpec with { Head = new HeadSpec.MaskedLanguageModel(true, Activation.Gelu, new NormSpec.LayerNorm(0.1, true)) }),
        ["bert with a classifier of the mean"] = (new Bert(), BertSpec with { Head = new HeadSpec.SequenceClassification(2, Pooling.Mean, true) { Transform = Activation.Tanh } }),
        ["bert with a classifier without a layer"] = (new Bert(), BertSpec with { Head = new HeadSpec.SequenceClassification(2, Pooling.First, true) }),
        ["bert with a pooler of the last token"] = (new Bert(), BertSpec with { Head = new HeadSpec.PooledEmbedding(Pooling.Last, false) { Transform = Activation.Tanh } }),
        ["roberta with positions from the first row"] = (new Roberta(), CatalogueSamples.Spec("bert", 4)),
        ["roberta with DistilBERT's classifier"] = (new Roberta(), CatalogueSamples.Spec("roberta", 0) with { Head = new HeadSpec.SequenceClassification(2, Pooling.First, true) { Transform = Activation.Relu } }),
        ["distilbert with another epsilon"] = (new DistilBert(), CatalogueSamples.Spec("bert", 3)),
        ["distilbert with token types"] = (new DistilBert(), CatalogueSamples.Spec("bert", 4)),
        ["distilbert with a pooler"] = (new DistilBert(), CatalogueSamples.Spec("distilbert", 4) with { Head = new HeadSpec.PooledEmbedding(Pooling.First, false) { Transform = Activation.Tanh } }),
        ["t5 without an encoder"] = (new T5(), CatalogueSamples.Spec("llama", 0)),
        ["t5 without buckets"] = (new T5(), BartSpec with { Head = T5Spec.Head }),
        ["t5 with scaled attention"] = (new T5(), Encoder(T5Spec, block => block with { Attention = block.Attention with { Scale = null } })),
        ["t5 with an unscaled tied projection"] = (new T5(), T5Spec with { Head = new HeadSpec.LanguageModel(true) }),
        ["t5 with a scaled projection of its own"] = (new T5(), T5Spec with { Head = new HeadSpec.LanguageModel(false) { LogitScale = 0.5 } }),
        ["t5 with an exact GELU gate"] = (new T5(), Encoder(T5Spec, block => block with { FeedForward = new FeedForwardSpec.Gated(12, Activation.Gelu, false) })),
        ["t5 with another part in the decoder"] = (new T5(), Encoder(T5Spec, block => block with { FeedForward = new FeedForwardSpec.Dense(9, Activation.Relu, false) })),
        ["t5 with a scaled embedding"] = (new T5(), T5Spec with { Embedding = T5Spec.Embedding with { Scale = 2 } }),
        ["t5 with a vector of the decoder"] = (new T5(), T5Spec with { Head = new HeadSpec.PooledEmbedding(Pooling.Mean, false) }),
        ["bart without a decoder"] = (new Bart(), BertSpec),
        ["bart with norms before the parts"] = (new Bart(), CatalogueSamples.Spec("pegasus", 0) with { Embedding = BartSpec.Embedding }),
        ["bart with sinusoids"] = (new Bart(), BartSpec with { Embedding = BartSpec.Embedding with { Position = new PositionSpec.Sinusoidal(SinusoidLayout.Halves) } }),
        ["bart with other rows before its positions"] = (new Bart(), BartSpec with { Embedding = BartSpec.Embedding with { Position = new PositionSpec.Learned(16) { Offset = 1 } } }),
        ["bart with an odd scale"] = (new Bart(), BartSpec with { Embedding = BartSpec.Embedding with { Scale = 2 } }),
        ["bart with token types"] = (new Bart(), BartSpec with { Embedding = BartSpec.Embedding with { TokenTypes = 2 } }),
        ["bart with a projection of its own"] = (new Bart(), BartSpec with { Head = new HeadSpec.LanguageModel(false) { Bias = true } }),
        ["bart with another epsilon"] = (new Bart(), Encoder(BartSpec, block => block with { AttentionNorm = new NormSpec.LayerNorm(0.1, true) })),
        ["bart with two nonlinearities"] = (new Bart(), Encoder(BartSpec, block => block with { FeedForward = new FeedForwardSpec.Dense(12, Activation.Relu, true) })),
        ["marian with a norm of the embedding"] = (new Marian(), BartSpec),
        ["marian with M2M-100's sinusoids"] = (new Marian(), CatalogueSamples.Spec("marian", 0) with { Embedding = CatalogueSamples.Spec("m2m_100", 0).Embedding }),
        ["marian with a classifier"] = (new Marian(), CatalogueSamples.Spec("marian", 0) with { Head = CatalogueSamples.Spec("bart", 2).Head }),
        ["pegasus with norms after the parts"] = (new Pegasus(), CatalogueSamples.Spec("marian", 0)),
        ["m2m_100 with a bias of the logits"] = (new M2M100(), CatalogueSamples.Spec("m2m_100", 0) with { Head = new HeadSpec.LanguageModel(true) { Bias = true } }),
        ["m2m_100 with Marian's sinusoids"] = (new M2M100(), CatalogueSamples.Spec("m2m_100", 0) with { Embedding = CatalogueSamples.Spec("pegasus", 0).Embedding }),
        ["llama with an encoder"] = (new Llama(), BertSpec),
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void What_a_family_cannot_express_is_refused_and_nothing_is_written(string change)
    {
        (Architecture architecture, ModelSpec spec) = Cases[change];
        spec.Validate();
        using var folder = new TemporaryFolder();
        var refusal = Assert.Throws<NotSupportedException>(() =>
            HuggingFaceExport.Save(folder.FullName, architecture, spec, CatalogueSamples.RandomWeights, new()));
        Assert.Contains($"'{architecture.ModelType}' cannot express", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
        // Weft's own files can hold it.
        HuggingFaceExport.Save(folder.FullName, new WeftArchitecture(), spec, CatalogueSamples.RandomWeights, new());
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.FullName);
        Assert.Equal(spec, model.Spec);
    }

    private static ModelSpec Encoder(ModelSpec spec, Func<BlockSpec, BlockSpec> change) =>
        spec with { Encoder = spec.Encoder! with { Blocks = [.. spec.Encoder.Blocks.Select(change)] } };
}
