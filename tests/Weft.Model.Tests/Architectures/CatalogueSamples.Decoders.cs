namespace Weft.Model.Tests.Architectures;

/// <summary>Decoders with more than Llama has. The sizes are small, all else is as published.</summary>
internal static partial class CatalogueSamples
{
    // Of Qwen3-0.6B, of Qwen3-32B as Transformers 5 writes it, and variants that its configuration class knows.
    private static string[] Qwen3 =>
    [
        """
        {"architectures":["Qwen3ForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":151643,"eos_token_id":151645,"head_dim":6,
         "hidden_act":"silu","hidden_size":8,"initializer_range":0.02,"intermediate_size":12,"max_position_embeddings":40,"max_window_layers":28,
         "model_type":"qwen3","num_attention_heads":4,"num_hidden_layers":2,"num_key_value_heads":2,"rms_norm_eps":1e-06,"rope_scaling":null,
         "rope_theta":1000000,"sliding_window":null,"tie_word_embeddings":true,"use_cache":true,"use_sliding_window":false,"vocab_size":11}
        """,
        """
        {"model_type":"qwen3","head_dim":4,"hidden_size":6,"intermediate_size":5,"max_position_embeddings":40,"num_attention_heads":2,"num_hidden_layers":3,
         "num_key_value_heads":2,"vocab_size":7,"attention_bias":true,"use_sliding_window":true,"sliding_window":8,"max_window_layers":1,
         "layer_types":["full_attention","sliding_attention","sliding_attention"],
         "rope_parameters":{"rope_type":"yarn","rope_theta":1000000,"factor":4.0,"original_max_position_embeddings":10}}
        """,
        """
        {"architectures":["Qwen3ForSequenceClassification"],"model_type":"qwen3","hidden_size":6,"intermediate_size":5,"max_position_embeddings":40,
         "num_attention_heads":2,"num_hidden_layers":1,"num_key_value_heads":2,"vocab_size":7,"num_labels":1}
        """,
    ];
}
