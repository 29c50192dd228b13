using System.Text.Json;
using System.Text.Json.Nodes;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Architectures;

/// <summary>
/// Small configs of each family, as others publish them. A new architecture adds its configs here; the tests that enumerate the
/// catalogue then cover it.
/// </summary>
internal static partial class CatalogueSamples
{
    private static readonly Dictionary<string, string[]> Configs = new()
    {
        ["qwen3"] = Qwen3,
        ["qwen3_moe"] = Qwen3Moe,
        ["mixtral"] = Mixtral,
        ["phi3"] = Phi3,
        ["gemma2"] = Gemma2,
        ["gemma3_text"] = Gemma3,
        ["gpt_neox"] = GptNeoX,
        ["bloom"] = Bloom,
        ["llama"] =
        [
            """
            {"model_type":"llama","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":4,
             "num_key_value_heads":2,"max_position_embeddings":16,"rms_norm_eps":1e-05,"rope_theta":500000.0,"tie_word_embeddings":true}
            """,
            """
            {"model_type":"llama","vocab_size":7,"hidden_size":6,"intermediate_size":5,"num_hidden_layers":1,"num_attention_heads":2,
             "head_dim":4,"max_position_embeddings":9,"attention_bias":true,"mlp_bias":true,"hidden_act":"silu",
             "rope_parameters":{"rope_type":"default","rope_theta":1000000.0}}
            """,
            """
            {"model_type":"llama","vocab_size":5,"hidden_size":4,"intermediate_size":3,"num_hidden_layers":1,"num_attention_heads":2,
             "num_key_value_heads":1,"max_position_embeddings":9,"rope_scaling":null,"rope_theta":10000}
            """,
        ],
        ["mistral"] =
        [
            """
            {"model_type":"mistral","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":4,
             "num_key_value_heads":2,"max_position_embeddings":16,"rms_norm_eps":1e-05,"rope_theta":1000000.0,"sliding_window":null,"hidden_act":"silu"}
            """,
            """
            {"model_type":"mistral","vocab_size":7,"hidden_size":6,"intermediate_size":5,"num_hidden_layers":1,"num_attention_heads":2,"head_dim":4,
             "num_key_value_heads":1,"max_position_embeddings":9,"sliding_window":4096,"tie_word_embeddings":true}
            """,
            """
            {"architectures":["MistralForCausalLM"],"model_type":"mistral","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,
             "num_attention_heads":4,"num_key_value_heads":2,"max_position_embeddings":16,"rms_norm_eps":1e-05,"rope_theta":10000.0,"sliding_window":5}
            """,
            """
            {"architectures":["MistralModel"],"model_type":"mistral","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":1,
             "num_attention_heads":4,"num_key_value_heads":2,"max_position_embeddings":5000,"rms_norm_eps":1e-05}
            """,
            """
            {"architectures":["MistralForSequenceClassification"],"model_type":"mistral","vocab_size":11,"hidden_size":8,"intermediate_size":12,
             "num_hidden_layers":1,"num_attention_heads":4,"num_key_value_heads":2,"max_position_embeddings":16,"sliding_window":null,
             "id2label":{"0":"bad","1":"fair","2":"good"},"label2id":{"bad":0,"fair":1,"good":2},"pad_token_id":2}
            """,
        ],
        ["qwen2"] =
        [
            """
            {"model_type":"qwen2","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":4,
             "num_key_value_heads":2,"max_position_embeddings":16,"rms_norm_eps":1e-06,"rope_theta":1000000.0,"tie_word_embeddings":true,
             "use_sliding_window":false,"sliding_window":32768,"max_window_layers":21,"hidden_act":"silu"}
            """,
            """
            {"model_type":"qwen2","vocab_size":7,"hidden_size":8,"intermediate_size":5,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":2,
             "max_position_embeddings":9,"rope_scaling":{"factor":4.0,"original_max_position_embeddings":4,"type":"yarn"}}
            """,
            """
            {"model_type":"qwen2","vocab_size":7,"hidden_size":8,"intermediate_size":5,"num_hidden_layers":4,"num_attention_heads":2,"num_key_value_heads":2,
             "max_position_embeddings":19,"rope_theta":1000000.0,"use_sliding_window":true,"sliding_window":6,"max_window_layers":3}
            """,
            """
            {"model_type":"qwen2","vocab_size":7,"hidden_size":8,"intermediate_size":5,"num_hidden_layers":3,"num_attention_heads":2,"num_key_value_heads":2,
             "max_position_embeddings":19,"use_sliding_window":true,"sliding_window":6,"max_window_layers":3,
             "layer_types":["sliding_attention","full_attention","sliding_attention"],"rope_parameters":{"rope_type":"default","rope_theta":1000000.0}}
            """,
            """
            {"architectures":["Qwen2ForSequenceClassification"],"model_type":"qwen2","vocab_size":7,"hidden_size":8,"intermediate_size":5,"num_hidden_layers":1,
             "num_attention_heads":2,"num_key_value_heads":2,"max_position_embeddings":19,"id2label":{"0":"LABEL_0"},"label2id":{"LABEL_0":0}}
            """,
        ],
        ["bert"] = Bert,
        ["roberta"] = Roberta,
        ["xlm-roberta"] = XlmRoberta,
        ["distilbert"] = DistilBert,
        ["t5"] = T5,
        ["bart"] = Bart,
        ["marian"] = Marian,
        ["pegasus"] = Pegasus,
        ["m2m_100"] = M2M100,
        ["weft"] = Weft,
        ["gpt2"] =
        [
            """
            {"model_type":"gpt2","vocab_size":11,"n_embd":8,"n_layer":2,"n_head":2,"n_positions":16,"n_ctx":16,"layer_norm_epsilon":1e-05,
             "activation_function":"gelu_new","n_inner":null,"resid_pdrop":0.1}
            """,
            """
            {"model_type":"gpt2","vocab_size":7,"n_embd":6,"n_layer":1,"n_head":3,"n_positions":5,"n_inner":10,
             "activation_function":"gelu","tie_word_embeddings":false}
            """,
            """
            {"architectures":["GPT2ForSequenceClassification"],"model_type":"gpt2","vocab_size":11,"n_embd":8,"n_layer":1,"n_head":2,"n_positions":16,
             "num_labels":5}
            """,
        ],
    };

    /// <summary>Every architecture of the catalogue with each of its samples.</summary>
    public static TheoryData<string, int> All
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (Architecture architecture in ArchitectureCatalogue.All)
                for (int i = 0; i < Of(architecture.ModelType).Length; i++)
                    data.Add(architecture.ModelType, i);
            return data;
        }
    }

    public static string[] Of(string modelType) => Configs.TryGetValue(modelType, out string[]? configs)
        ? configs
        : throw new InvalidOperationException($"add a published config of '{modelType}' to CatalogueSamples");

    public static ModelSpec Spec(string modelType, int sample) => Read(ArchitectureCatalogue.ForModelType(modelType), Of(modelType)[sample]);

    public static ModelSpec Read(Architecture architecture, string config)
    {
        using JsonDocument document = JsonDocument.Parse(config);
        return architecture.ReadConfig(new ConfigReader("config.json", document.RootElement.Clone())).Validate();
    }

    public static string Write(Architecture architecture, ModelSpec spec)
    {
        // The class as the exporter writes it, since it names the head.
        JsonObject config = new() { ["architectures"] = new JsonArray((JsonNode)architecture.ClassName(spec.Head)) };
        architecture.WriteConfig(spec, config);
        return config.ToJsonString();
    }

    /// <summary>Different numbers for each parameter, the same on every call.</summary>
    public static float[] RandomWeights(ParameterSpec parameter)
    {
        var random = new Random(StableSeed(parameter.Name));
        float[] values = new float[parameter.Count];
        foreach (ref float value in values.AsSpan())
            value = random.NextSingle() - 0.5f;
        return values;
    }

    private static int StableSeed(string name) => name.Aggregate(17, (seed, c) => unchecked((seed * 31) + c));
}
