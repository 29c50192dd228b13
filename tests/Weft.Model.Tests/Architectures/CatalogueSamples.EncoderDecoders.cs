namespace Weft.Model.Tests.Architectures;

/// <summary>Encoders with decoders, and Weft's own. The sizes are small, all else is as published or as Transformers writes it.</summary>
internal static partial class CatalogueSamples
{
    // t5-small; t5-v1_1-small; one as Transformers 5 writes it; an encoder alone.
    private static string[] T5 =>
    [
        """
        {"architectures":["T5ForConditionalGeneration"],"d_ff":12,"d_kv":3,"d_model":8,"decoder_start_token_id":0,"dropout_rate":0.1,"eos_token_id":1,
         "initializer_factor":1.0,"is_encoder_decoder":true,"layer_norm_epsilon":1e-06,"model_type":"t5","n_positions":512,"num_heads":4,"num_layers":2,
         "output_past":true,"pad_token_id":0,"relative_attention_num_buckets":8,"use_cache":true,"vocab_size":11}
        """,
        """
        {"architectures":["T5ForConditionalGeneration"],"d_ff":5,"d_kv":4,"d_model":6,"decoder_start_token_id":0,"eos_token_id":1,"feed_forward_proj":"gated-gelu",
         "is_encoder_decoder":true,"layer_norm_epsilon":1e-06,"model_type":"t5","num_decoder_layers":2,"num_heads":2,"num_layers":1,"pad_token_id":0,
         "relative_attention_num_buckets":32,"tie_word_embeddings":false,"vocab_size":7}
        """,
        """
        {"architectures":["T5ForConditionalGeneration"],"classifier_dropout":0.0,"d_ff":5,"d_kv":4,"d_model":6,"dense_act_fn":"silu","feed_forward_proj":"gated-silu",
         "is_gated_act":true,"model_type":"t5","num_decoder_layers":1,"num_heads":2,"num_layers":1,"n_positions":64,"relative_attention_max_distance":20,
         "relative_attention_num_buckets":6,"scale_decoder_outputs":false,"tie_word_embeddings":true,"vocab_size":7}
        """,
        """
        {"architectures":["T5EncoderModel"],"d_ff":5,"d_kv":4,"d_model":6,"feed_forward_proj":"gelu","model_type":"t5","num_heads":1,"num_layers":2,"num_decoder_layers":2,
         "relative_attention_num_buckets":32,"vocab_size":7}
        """,
    ];

    // bart-large-cnn; bart-base, which is published as the base model; bart-large-mnli, and a classifier that leaves its labels to the class.
    private static string[] Bart =>
    [
        """
        {"activation_dropout":0.0,"activation_function":"gelu","add_final_layer_norm":false,"architectures":["BartForConditionalGeneration"],"attention_dropout":0.0,
         "bos_token_id":0,"classif_dropout":0.0,"d_model":8,"decoder_attention_heads":4,"decoder_ffn_dim":12,"decoder_layerdrop":0.0,"decoder_layers":2,
         "decoder_start_token_id":2,"dropout":0.1,"encoder_attention_heads":4,"encoder_ffn_dim":12,"encoder_layerdrop":0.0,"encoder_layers":2,"eos_token_id":2,
         "force_bos_token_to_be_generated":true,"forced_bos_token_id":0,"forced_eos_token_id":2,"init_std":0.02,"is_encoder_decoder":true,"max_position_embeddings":16,
         "model_type":"bart","normalize_before":false,"num_hidden_layers":2,"output_past":true,"pad_token_id":1,"prefix":" ","scale_embedding":false,"vocab_size":11}
        """,
        """
        {"activation_function":"relu","add_bias_logits":false,"architectures":["BartModel"],"d_model":6,"decoder_attention_heads":3,"decoder_ffn_dim":5,"decoder_layers":1,
         "encoder_attention_heads":2,"encoder_ffn_dim":7,"encoder_layers":3,"max_position_embeddings":9,"model_type":"bart","normalize_embedding":true,
         "scale_embedding":true,"vocab_size":7}
        """,
        """
        {"architectures":["BartForSequenceClassification"],"d_model":6,"decoder_attention_heads":2,"decoder_ffn_dim":5,"decoder_layers":1,"encoder_attention_heads":2,
         "encoder_ffn_dim":5,"encoder_layers":1,"id2label":{"0":"contradiction","1":"neutral","2":"entailment","3":"none"},"max_position_embeddings":9,
         "model_type":"bart","vocab_size":7}
        """,
        """
        {"architectures":["BartForSequenceClassification"],"d_model":6,"decoder_attention_heads":2,"decoder_ffn_dim":5,"decoder_layers":1,"encoder_attention_heads":2,
         "encoder_ffn_dim":5,"encoder_layers":1,"max_position_embeddings":9,"model_type":"bart","vocab_size":7}
        """,
    ];

    // opus-mt-en-de; with as few keys as may be; the base model.
    private static string[] Marian =>
    [
        """
        {"activation_dropout":0.0,"activation_function":"swish","add_bias_logits":false,"add_final_layer_norm":false,"architectures":["MarianMTModel"],
         "attention_dropout":0.0,"bad_words_ids":[[10]],"bos_token_id":0,"classif_dropout":0.0,"d_model":8,"decoder_attention_heads":4,"decoder_ffn_dim":12,
         "decoder_layerdrop":0.0,"decoder_layers":2,"decoder_start_token_id":10,"decoder_vocab_size":11,"dropout":0.1,"encoder_attention_heads":4,"encoder_ffn_dim":12,
         "encoder_layerdrop":0.0,"encoder_layers":2,"eos_token_id":0,"extra_pos_embeddings":11,"forced_eos_token_id":0,"init_std":0.02,"is_encoder_decoder":true,
         "max_length":512,"max_position_embeddings":16,"model_type":"marian","normalize_before":false,"normalize_embedding":false,"num_beams":6,"num_hidden_layers":2,
         "pad_token_id":10,"scale_embedding":true,"share_encoder_decoder_embeddings":true,"static_position_embeddings":true,"vocab_size":11}
        """,
        """
        {"d_model":6,"decoder_attention_heads":3,"decoder_ffn_dim":5,"decoder_layers":1,"encoder_attention_heads":2,"encoder_ffn_dim":7,"encoder_layers":2,
         "max_position_embeddings":9,"model_type":"marian","vocab_size":7}
        """,
        """
        {"activation_function":"relu","architectures":["MarianModel"],"d_model":6,"decoder_attention_heads":3,"decoder_ffn_dim":5,"decoder_layers":1,
         "encoder_attention_heads":2,"encoder_ffn_dim":7,"encoder_layers":2,"max_position_embeddings":9,"model_type":"marian","vocab_size":7}
        """,
    ];

    // pegasus-xsum; with as few keys as may be; the base model.
    private static string[] Pegasus =>
    [
        """
        {"activation_dropout":0.1,"activation_function":"relu","add_bias_logits":false,"add_final_layer_norm":true,"architectures":["PegasusForConditionalGeneration"],
         "attention_dropout":0.1,"bos_token_id":0,"d_model":8,"decoder_attention_heads":4,"decoder_ffn_dim":12,"decoder_layerdrop":0.0,"decoder_layers":2,
         "decoder_start_token_id":0,"dropout":0.1,"encoder_attention_heads":4,"encoder_ffn_dim":12,"encoder_layerdrop":0.0,"encoder_layers":2,"eos_token_id":1,
         "extra_pos_embeddings":0,"forced_eos_token_id":1,"is_encoder_decoder":true,"max_position_embeddings":16,"model_type":"pegasus","normalize_before":true,
         "normalize_embedding":false,"num_beams":8,"num_hidden_layers":2,"pad_token_id":0,"scale_embedding":true,"static_position_embeddings":true,"vocab_size":11}
        """,
        """
        {"d_model":6,"decoder_attention_heads":3,"decoder_ffn_dim":5,"decoder_layers":1,"encoder_attention_heads":2,"encoder_ffn_dim":7,"encoder_layers":2,
         "max_position_embeddings":9,"model_type":"pegasus","vocab_size":7}
        """,
        """
        {"activation_function":"relu","architectures":["PegasusModel"],"d_model":6,"decoder_attention_heads":2,"decoder_ffn_dim":5,"decoder_layers":2,
         "encoder_attention_heads":2,"encoder_ffn_dim":5,"encoder_layers":1,"max_position_embeddings":9,"model_type":"pegasus","vocab_size":7}
        """,
    ];

    // m2m100_418M; nllb-200-distilled-600M; another id of padding, and all left out that may be.
    private static string[] M2M100 =>
    [
        """
        {"activation_dropout":0.0,"activation_function":"relu","architectures":["M2M100ForConditionalGeneration"],"attention_dropout":0.1,"bos_token_id":0,"d_model":8,
         "decoder_attention_heads":4,"decoder_ffn_dim":12,"decoder_layerdrop":0.05,"decoder_layers":2,"decoder_start_token_id":2,"dropout":0.1,"early_stopping":true,
         "encoder_attention_heads":4,"encoder_ffn_dim":12,"encoder_layerdrop":0.05,"encoder_layers":2,"eos_token_id":2,"init_std":0.02,"is_encoder_decoder":true,
         "max_length":200,"max_position_embeddings":16,"model_type":"m2m_100","num_beams":5,"num_hidden_layers":2,"pad_token_id":1,"scale_embedding":true,"vocab_size":11}
        """,
        """
        {"activation_function":"relu","architectures":["M2M100ForConditionalGeneration"],"d_model":6,"decoder_attention_heads":3,"decoder_ffn_dim":5,"decoder_layers":1,
         "encoder_attention_heads":2,"encoder_ffn_dim":7,"encoder_layers":2,"max_position_embeddings":9,"model_type":"m2m_100","pad_token_id":1,
         "scale_embedding":false,"tokenizer_class":"NllbTokenizer","vocab_size":7}
        """,
        """
        {"d_model":4,"decoder_attention_heads":1,"decoder_ffn_dim":5,"decoder_layers":1,"encoder_attention_heads":1,"encoder_ffn_dim":5,"encoder_layers":1,
         "max_position_embeddings":9,"model_type":"m2m_100","pad_token_id":0,"vocab_size":7}
        """,
    ];

    // A decoder that no other family has, an encoder, and both.
    private static string[] Weft =>
    [
        """
        {"model_type":"weft","spec":{"embedding":{"vocabulary_size":11,"hidden_size":8,"position":{"kind":"none"}},
         "decoder":{"blocks":[{"count":2,"block":{"attention_norm":{"kind":"rms_norm","epsilon":1e-06},
           "attention":{"heads":4,"key_value_heads":2,"head_size":4,"position":{"kind":"alibi"},"bias":"all","mask":{"kind":"sliding_window","size":3},"sinks":{"kind":"first_tokens","count":1}},
           "feed_forward_norm":{"kind":"layer_norm","epsilon":1e-05,"bias":false},"feed_forward":{"kind":"dense","inner_size":12,"activation":"relu","bias":false},"placement":"sandwich"}}],
          "final_norm":{"kind":"rms_norm","epsilon":1e-06,"unit_offset":true}},
         "head":{"kind":"language_model","tied_embedding":true,"bias":true,"soft_cap":20},"context_length":16}}
        """,
        """
        {"model_type":"weft","spec":{"embedding":{"vocabulary_size":7,"hidden_size":6,"position":{"kind":"sinusoidal","layout":"Interleaved"},"scale":2,"token_types":3},
         "encoder":{"blocks":[{"count":1,"block":{"attention_norm":{"kind":"rms_norm","epsilon":1e-06},
           "attention":{"heads":2,"key_value_heads":1,"head_size":3,"position":{"kind":"shaw","maximum_distance":3,"values":true},"bias":"query_key_value","mask":{"kind":"bidirectional"}},
           "feed_forward_norm":{"kind":"rms_norm","epsilon":1e-06},"feed_forward":{"kind":"gated","inner_size":5,"activation":"gelu_tanh","bias":true},"placement":"parallel"}}],
          "final_norm":null},
         "head":{"kind":"pooled_embedding","pooling":"mean","normalized":true},"context_length":9}}
        """,
        """
        {"model_type":"weft","spec":{"embedding":{"vocabulary_size":7,"hidden_size":6,"position":{"kind":"learned","count":9,"offset":1}},
         "encoder":{"blocks":[{"count":1,"block":{"attention_norm":{"kind":"rms_norm","epsilon":1e-06},
           "attention":{"heads":2,"key_value_heads":2,"head_size":3,"position":{"kind":"none"},"bias":"none","mask":{"kind":"bidirectional"}},
           "feed_forward_norm":{"kind":"rms_norm","epsilon":1e-06},"feed_forward":{"kind":"dense","inner_size":5,"activation":"silu","bias":true}}}],"final_norm":null},
         "decoder":{"blocks":[{"count":1,"block":{"attention_norm":{"kind":"rms_norm","epsilon":1e-06},
           "attention":{"heads":3,"key_value_heads":1,"head_size":4,"position":{"kind":"rotary","theta":100},"bias":"none"},
           "cross_attention":{"norm":{"kind":"rms_norm","epsilon":1e-06},"attention":{"heads":2,"key_value_heads":1,"head_size":3,"position":{"kind":"none"},"bias":"none","mask":{"kind":"bidirectional"}}},
           "feed_forward_norm":{"kind":"rms_norm","epsilon":1e-06},
           "feed_forward":{"kind":"mixture_of_experts","inner_size":5,"activation":"silu","bias":false,"router":{"kind":"softmax_after_choice","experts":3,"chosen":2},"shared":{"inner_size":2,"gated":true}}}}],
          "final_norm":{"kind":"rms_norm","epsilon":1e-06}},
         "head":{"kind":"language_model","tied_embedding":false},"context_length":9}}
        """,
    ];
}
