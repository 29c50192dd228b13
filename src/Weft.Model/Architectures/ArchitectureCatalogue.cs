namespace Weft.Model.Architectures;

/// <summary>Every family that Weft knows.</summary>
public static class ArchitectureCatalogue
{
    /// <summary>One entry a family.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        new Llama(), new Mistral(), new Mixtral(), new Phi3(),
        new Qwen2(), new Qwen3(), new Qwen3Moe(),
        new Gemma2(), new Gemma3Text(),
        new Gpt2(), new GptNeoX(), new Bloom(),
        new Bert(), new Roberta(), new XlmRoberta(), new DistilBert(),
        new T5(), new Bart(), new Marian(), new Pegasus(), new M2M100(),
        new WeftArchitecture(),
    ];

    /// <summary>The family of a Hugging Face <c>model_type</c>.</summary>
    /// <exception cref="NotSupportedException">No such family; the message lists those there are.</exception>
    public static Architecture ForModelType(string modelType) =>
        All.FirstOrDefault(architecture => architecture.ModelType == modelType)
        ?? throw new NotSupportedException(
            $"model_type '{modelType}' is unknown; known: {string.Join(", ", All.Select(architecture => architecture.ModelType))}");
}
