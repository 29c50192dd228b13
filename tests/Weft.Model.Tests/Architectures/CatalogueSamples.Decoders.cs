namespace Weft.Model.Tests.Architectures;

/// <summary>Decoders with more than Llama has. The sizes are small, all else is as published or as Transformers writes it.</summary>
internal static partial class CatalogueSamples
{
    // Qwen3-0.6B; windows and YaRN as Transformers 5 writes them; a classifier (a reranker has one label).
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

    // Qwen3-30B-A3B; every other block with experts as Qwen 2 MoE had it; named dense blocks, and the count's other name.
    private static string[] Qwen3Moe =>
    [
        """
        {"architectures":["Qwen3MoeForCausalLM"],"attention_bias":false,"decoder_sparse_step":1,"head_dim":6,"hidden_act":"silu","hidden_size":8,
         "intermediate_size":12,"max_position_embeddings":40,"max_window_layers":48,"mlp_only_layers":[],"model_type":"qwen3_moe","moe_intermediate_size":5,
         "norm_topk_prob":true,"num_attention_heads":4,"num_experts":6,"num_experts_per_tok":2,"num_hidden_layers":2,"num_key_value_heads":2,
         "output_router_logits":false,"rms_norm_eps":1e-06,"rope_scaling":null,"rope_theta":1000000.0,"router_aux_loss_coef":0.001,"sliding_window":null,
         "tie_word_embeddings":false,"use_sliding_window":false,"vocab_size":11}
        """,
        """
        {"model_type":"qwen3_moe","decoder_sparse_step":2,"hidden_size":8,"intermediate_size":7,"max_position_embeddings":40,"moe_intermediate_size":3,
         "num_attention_heads":2,"num_experts":3,"num_experts_per_tok":1,"num_hidden_layers":4,"num_key_value_heads":1,"vocab_size":9}
        """,
        """
        {"model_type":"qwen3_moe","mlp_only_layers":[0,2],"hidden_size":8,"intermediate_size":7,"max_position_embeddings":40,"moe_intermediate_size":3,
         "attention_bias":true,"num_attention_heads":2,"num_local_experts":3,"num_experts_per_tok":3,"num_hidden_layers":3,"num_key_value_heads":1,
         "vocab_size":9,"rope_parameters":{"rope_type":"default","rope_theta":1000000.0}}
        """,
    ];

    // Mixtral-8x7B-v0.1; with a window and all values left out that may be; a classifier.
    private static string[] Mixtral =>
    [
        """
        {"architectures":["MixtralForCausalLM"],"attention_dropout":0.0,"bos_token_id":1,"eos_token_id":2,"hidden_act":"silu","hidden_size":8,
         "initializer_range":0.02,"intermediate_size":10,"max_position_embeddings":32,"model_type":"mixtral","num_attention_heads":4,"num_experts_per_tok":2,
         "num_hidden_layers":2,"num_key_value_heads":2,"num_local_experts":4,"output_router_logits":false,"rms_norm_eps":1e-05,"rope_theta":1000000.0,
         "router_aux_loss_coef":0.02,"sliding_window":null,"tie_word_embeddings":false,"use_cache":true,"vocab_size":11}
        """,
        """
        {"model_type":"mixtral","hidden_size":6,"intermediate_size":3,"max_position_embeddings":32,"num_attention_heads":3,"num_hidden_layers":1,
         "num_key_value_heads":1,"sliding_window":7,"vocab_size":7,"head_dim":4,"tie_word_embeddings":true}
        """,
        """
        {"architectures":["MixtralForSequenceClassification"],"model_type":"mixtral","hidden_size":6,"intermediate_size":3,"max_position_embeddings":32,
         "num_attention_heads":3,"num_hidden_layers":1,"num_key_value_heads":1,"vocab_size":7,"num_local_experts":2,"num_experts_per_tok":1}
        """,
    ];

    // Phi-3-mini-4k-instruct; Phi-3-mini-128k-instruct; Phi-4-mini as Transformers 5 writes it.
    private static string[] Phi3 =>
    [
        """
        {"architectures":["Phi3ForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":1,"embd_pdrop":0.0,"eos_token_id":32000,
         "hidden_act":"silu","hidden_size":8,"initializer_range":0.02,"intermediate_size":12,"max_position_embeddings":40,"model_type":"phi3",
         "num_attention_heads":2,"num_hidden_layers":2,"num_key_value_heads":2,"original_max_position_embeddings":40,"pad_token_id":32000,
         "resid_pdrop":0.0,"rms_norm_eps":1e-05,"rope_scaling":null,"rope_theta":10000.0,"sliding_window":20,"tie_word_embeddings":false,"vocab_size":11}
        """,
        """
        {"model_type":"phi3","hidden_size":12,"intermediate_size":7,"max_position_embeddings":64,"num_attention_heads":3,"num_hidden_layers":1,
         "original_max_position_embeddings":4,"rope_scaling":{"long_factor":[1.08,63.5],"short_factor":[1.0,1.25],"type":"longrope"},
         "rope_theta":10000.0,"sliding_window":262144,"vocab_size":7}
        """,
        """
        {"model_type":"phi3","hidden_size":16,"intermediate_size":7,"max_position_embeddings":64,"num_attention_heads":2,"num_key_value_heads":1,
         "num_hidden_layers":1,"original_max_position_embeddings":16,"partial_rotary_factor":0.75,"tie_word_embeddings":true,"vocab_size":9,
         "rope_parameters":{"rope_type":"longrope","rope_theta":10000.0,"partial_rotary_factor":0.75,"original_max_position_embeddings":16,
          "attention_factor":1.5,"long_factor":[1,2.5,4],"short_factor":[1,1,2]}}
        """,
    ];

    // gemma-2-2b; gemma-2-27b's scale, no caps and a list of types as Transformers 5 writes it; a classifier; scores scaled by the head size.
    private static string[] Gemma2 =>
    [
        """
        {"architectures":["Gemma2ForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"attn_logit_softcapping":50.0,"bos_token_id":2,
         "cache_implementation":"hybrid","eos_token_id":1,"final_logit_softcapping":30.0,"head_dim":6,"hidden_act":"gelu_pytorch_tanh",
         "hidden_activation":"gelu_pytorch_tanh","hidden_size":8,"initializer_range":0.02,"intermediate_size":12,"max_position_embeddings":40,
         "model_type":"gemma2","num_attention_heads":4,"num_hidden_layers":3,"num_key_value_heads":2,"pad_token_id":0,"query_pre_attn_scalar":256,
         "rms_norm_eps":1e-06,"rope_theta":10000.0,"sliding_window":16,"use_cache":true,"vocab_size":11}
        """,
        """
        {"model_type":"gemma2","head_dim":4,"hidden_size":6,"intermediate_size":12,"max_position_embeddings":40,"num_attention_heads":3,
         "num_hidden_layers":2,"num_key_value_heads":1,"query_pre_attn_scalar":144,"vocab_size":11,"attn_logit_softcapping":null,
         "final_logit_softcapping":null,"attention_bias":true,"tie_word_embeddings":false,"sliding_window":4096,
         "layer_types":["full_attention","sliding_attention"],"rope_parameters":{"rope_type":"default","rope_theta":10000.0}}
        """,
        """
        {"architectures":["Gemma2ForSequenceClassification"],"model_type":"gemma2","head_dim":4,"hidden_size":6,"intermediate_size":12,
         "max_position_embeddings":40,"num_attention_heads":3,"num_hidden_layers":1,"num_key_value_heads":1,"vocab_size":11,"query_pre_attn_scalar":4}
        """,
        """
        {"model_type":"gemma2","head_dim":4,"hidden_size":6,"intermediate_size":12,"max_position_embeddings":40,"num_attention_heads":3,"num_hidden_layers":3,
         "num_key_value_heads":1,"query_pre_attn_scalar":4,"vocab_size":11,"sliding_window":16}
        """,
    ];

    // gemma-3-1b-pt; the scaling of the larger ones as Transformers 5 writes it; no block that sees everything; a classifier; scores scaled by the head size, and then
    // other values where llama.cpp has defaults.
    private static string[] Gemma3 =>
    [
        """
        {"architectures":["Gemma3ForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"attn_logit_softcapping":null,"bos_token_id":2,
         "cache_implementation":"hybrid","eos_token_id":1,"final_logit_softcapping":null,"head_dim":6,"hidden_activation":"gelu_pytorch_tanh",
         "hidden_size":8,"initializer_range":0.02,"intermediate_size":12,"max_position_embeddings":40,"model_type":"gemma3_text",
         "num_attention_heads":4,"num_hidden_layers":7,"num_key_value_heads":1,"pad_token_id":0,"query_pre_attn_scalar":256,"rms_norm_eps":1e-06,
         "rope_local_base_freq":10000,"rope_scaling":null,"rope_theta":1000000,"sliding_window":16,"sliding_window_pattern":6,"use_cache":true,"vocab_size":11}
        """,
        """
        {"model_type":"gemma3_text","head_dim":4,"hidden_size":6,"intermediate_size":12,"max_position_embeddings":40,"num_attention_heads":2,
         "num_hidden_layers":3,"num_key_value_heads":2,"query_pre_attn_scalar":168,"vocab_size":11,"sliding_window":8,"_sliding_window_pattern":6,
         "layer_types":["sliding_attention","full_attention","full_attention"],"use_bidirectional_attention":false,"final_logit_softcapping":20.0,
         "rope_parameters":{"full_attention":{"rope_type":"linear","factor":8.0,"rope_theta":1000000.0},
          "sliding_attention":{"rope_type":"default","rope_theta":20000.0}}}
        """,
        """
        {"model_type":"gemma3_text","head_dim":4,"hidden_size":6,"intermediate_size":12,"max_position_embeddings":40,"num_attention_heads":2,
         "num_hidden_layers":2,"num_key_value_heads":2,"vocab_size":11,"sliding_window":8,"rope_scaling":{"rope_type":"linear","factor":8.0}}
        """,
        """
        {"architectures":["Gemma3TextForSequenceClassification"],"model_type":"gemma3_text","head_dim":4,"hidden_size":6,"intermediate_size":12,
         "max_position_embeddings":40,"num_attention_heads":2,"num_hidden_layers":2,"num_key_value_heads":2,"vocab_size":11,"sliding_window_pattern":1}
        """,
        """
        {"model_type":"gemma3_text","head_dim":4,"hidden_size":6,"intermediate_size":12,"max_position_embeddings":40,"num_attention_heads":2,
         "num_hidden_layers":7,"num_key_value_heads":1,"query_pre_attn_scalar":4,"vocab_size":11,"sliding_window":16,"rope_scaling":{"rope_type":"linear","factor":8.0}}
        """,
        """
        {"model_type":"gemma3_text","head_dim":4,"hidden_size":6,"intermediate_size":12,"max_position_embeddings":40,"num_attention_heads":2,
         "num_hidden_layers":4,"num_key_value_heads":1,"query_pre_attn_scalar":4,"vocab_size":11,"sliding_window":16,"sliding_window_pattern":2,
         "rope_local_base_freq":20000,"final_logit_softcapping":20.0,"tie_word_embeddings":false}
        """,
    ];

    // pythia-70m; gpt-neox-20b's activation, one part after the other, whole heads; a list of keys as Transformers 5 writes it;
    // gpt-neox-20b's activation with all else as pythia has it, and with nothing so.
    private static string[] GptNeoX =>
    [
        """
        {"architectures":["GPTNeoXForCausalLM"],"bos_token_id":0,"eos_token_id":0,"hidden_act":"gelu","hidden_size":16,"initializer_range":0.02,
         "intermediate_size":20,"layer_norm_eps":1e-05,"max_position_embeddings":40,"model_type":"gpt_neox","num_attention_heads":2,
         "num_hidden_layers":2,"rotary_emb_base":10000,"rotary_pct":0.25,"tie_word_embeddings":false,"use_cache":true,"use_parallel_residual":true,
         "vocab_size":11}
        """,
        """
        {"model_type":"gpt_neox","hidden_act":"gelu_fast","hidden_size":12,"intermediate_size":20,"max_position_embeddings":40,"num_attention_heads":3,
         "num_hidden_layers":1,"rotary_emb_base":500,"rotary_pct":1.0,"use_parallel_residual":false,"attention_bias":false,"vocab_size":7,
         "tie_word_embeddings":true,"rope_scaling":{"type":"linear","factor":2.0}}
        """,
        """
        {"architectures":["GPTNeoXForSequenceClassification"],"model_type":"gpt_neox","hidden_act":"relu","hidden_size":12,"intermediate_size":5,
         "max_position_embeddings":40,"num_attention_heads":2,"num_hidden_layers":1,"vocab_size":7,"num_labels":3,
         "rope_parameters":{"rope_type":"default","rope_theta":10000,"partial_rotary_factor":0.4}}
        """,
        """
        {"model_type":"gpt_neox","hidden_act":"gelu_fast","hidden_size":16,"intermediate_size":20,"layer_norm_eps":1e-05,"max_position_embeddings":40,
         "num_attention_heads":2,"num_hidden_layers":2,"rotary_emb_base":10000,"rotary_pct":0.25,"tie_word_embeddings":false,"vocab_size":11}
        """,
        """
        {"model_type":"gpt_neox","hidden_act":"gelu_fast","hidden_size":12,"intermediate_size":20,"max_position_embeddings":40,"num_attention_heads":3,
         "num_hidden_layers":1,"rotary_emb_base":500,"rotary_pct":1.0,"use_parallel_residual":false,"vocab_size":7,"rope_scaling":{"type":"linear","factor":2.0}}
        """,
    ];

    // bloom-560m; bloom's own names of the sizes; a classifier.
    private static string[] Bloom =>
    [
        """
        {"apply_residual_connection_post_layernorm":false,"architectures":["BloomForCausalLM"],"attention_dropout":0.0,"attention_softmax_in_fp32":true,
         "bias_dropout_fusion":true,"bos_token_id":1,"eos_token_id":2,"hidden_dropout":0.0,"hidden_size":8,"initializer_range":0.02,
         "layer_norm_epsilon":1e-05,"masked_softmax_fusion":true,"model_type":"bloom","n_head":4,"n_inner":null,"n_layer":2,"offset_alibi":100,
         "pad_token_id":3,"pretraining_tp":1,"skip_bias_add":true,"skip_bias_add_qkv":false,"slow_but_exact":false,"unk_token_id":0,"use_cache":true,
         "vocab_size":11}
        """,
        """
        {"model_type":"bloom","n_embed":9,"num_attention_heads":3,"num_hidden_layers":1,"layer_norm_epsilon":0.001,"seq_length":33,"vocab_size":7,
         "n_inner":36,"tie_word_embeddings":false}
        """,
        """
        {"architectures":["BloomForSequenceClassification"],"model_type":"bloom","hidden_size":8,"n_head":2,"n_layer":1,"vocab_size":7,
         "id2label":{"0":"no","1":"yes"}}
        """,
    ];
}
