namespace Weft.Model.Tests.Architectures;

/// <summary>Encoders. The sizes are small, all else is as published or as Transformers writes it.</summary>
internal static partial class CatalogueSamples
{
    // bert-base-uncased; one published before heads were tied by a key; then each other head: labels of sequences and tokens, spans, the base model.
    private static string[] Bert =>
    [
        """
        {"architectures":["BertForMaskedLM"],"attention_probs_dropout_prob":0.1,"gradient_checkpointing":false,"hidden_act":"gelu","hidden_dropout_prob":0.1,
         "hidden_size":8,"initializer_range":0.02,"intermediate_size":12,"layer_norm_eps":1e-12,"max_position_embeddings":16,"model_type":"bert",
         "num_attention_heads":4,"num_hidden_layers":2,"pad_token_id":0,"position_embedding_type":"absolute","transformers_version":"4.6.0.dev0",
         "type_vocab_size":2,"use_cache":true,"vocab_size":11}
        """,
        """
        {"architectures":["BertForPreTraining"],"hidden_act":"gelu_new","hidden_size":6,"intermediate_size":5,"max_position_embeddings":9,"model_type":"bert",
         "num_attention_heads":2,"num_hidden_layers":1,"tie_word_embeddings":false,"vocab_size":7,"pruned_heads":{}}
        """,
        """
        {"architectures":["BertForSequenceClassification"],"hidden_act":"relu","hidden_size":6,"intermediate_size":5,"max_position_embeddings":9,
         "model_type":"bert","num_attention_heads":3,"num_hidden_layers":1,"vocab_size":7,"id2label":{"0":"1 star","1":"2 stars","2":"3 stars"},
         "label2id":{"1 star":0,"2 stars":1,"3 stars":2},"type_vocab_size":1}
        """,
        """
        {"architectures":["BertForTokenClassification"],"hidden_size":6,"intermediate_size":5,"max_position_embeddings":9,"model_type":"bert",
         "num_attention_heads":1,"num_hidden_layers":1,"vocab_size":7,"_num_labels":9,"id2label":{"0":"O","1":"B-PER","2":"I-PER","3":"B-LOC"},"layer_norm_eps":0.001}
        """,
        """
        {"architectures":["BertForQuestionAnswering"],"hidden_size":6,"intermediate_size":5,"max_position_embeddings":9,"model_type":"bert",
         "num_attention_heads":2,"num_hidden_layers":1,"vocab_size":7}
        """,
        """
        {"architectures":["BertModel"],"hidden_size":6,"intermediate_size":5,"max_position_embeddings":9,"model_type":"bert",
         "num_attention_heads":2,"num_hidden_layers":2,"vocab_size":7}
        """,
    ];

    // roberta-base; then each other head; a classifier with one label, and positions after another id of padding.
    private static string[] Roberta =>
    [
        """
        {"architectures":["RobertaForMaskedLM"],"attention_probs_dropout_prob":0.1,"bos_token_id":0,"eos_token_id":2,"hidden_act":"gelu","hidden_dropout_prob":0.1,
         "hidden_size":8,"initializer_range":0.02,"intermediate_size":12,"layer_norm_eps":1e-05,"max_position_embeddings":18,"model_type":"roberta",
         "num_attention_heads":4,"num_hidden_layers":2,"pad_token_id":1,"type_vocab_size":1,"vocab_size":11}
        """,
        """
        {"architectures":["RobertaForSequenceClassification"],"hidden_act":"gelu_new","hidden_size":6,"intermediate_size":5,"max_position_embeddings":9,
         "model_type":"roberta","num_attention_heads":2,"num_hidden_layers":1,"pad_token_id":0,"vocab_size":7,"num_labels":1}
        """,
        """
        {"architectures":["RobertaForTokenClassification"],"hidden_size":6,"intermediate_size":5,"max_position_embeddings":9,"model_type":"roberta",
         "num_attention_heads":2,"num_hidden_layers":1,"vocab_size":7,"type_vocab_size":1}
        """,
        """
        {"architectures":["RobertaForQuestionAnswering"],"hidden_size":6,"intermediate_size":5,"max_position_embeddings":9,"model_type":"roberta",
         "num_attention_heads":2,"num_hidden_layers":1,"vocab_size":7,"type_vocab_size":1}
        """,
        """
        {"architectures":["RobertaModel"],"hidden_size":6,"intermediate_size":5,"max_position_embeddings":9,"model_type":"roberta",
         "num_attention_heads":2,"num_hidden_layers":1,"vocab_size":7,"type_vocab_size":1}
        """,
    ];

    // xlm-roberta-base; a reranker.
    private static string[] XlmRoberta =>
    [
        """
        {"architectures":["XLMRobertaForMaskedLM"],"attention_probs_dropout_prob":0.1,"bos_token_id":0,"eos_token_id":2,"hidden_act":"gelu","hidden_dropout_prob":0.1,
         "hidden_size":8,"initializer_range":0.02,"intermediate_size":12,"layer_norm_eps":1e-05,"max_position_embeddings":18,"model_type":"xlm-roberta",
         "num_attention_heads":4,"num_hidden_layers":2,"output_past":true,"pad_token_id":1,"type_vocab_size":1,"vocab_size":11}
        """,
        """
        {"architectures":["XLMRobertaForSequenceClassification"],"classifier_dropout":null,"hidden_size":6,"id2label":{"0":"LABEL_0"},"intermediate_size":5,
         "layer_norm_eps":1e-05,"max_position_embeddings":9,"model_type":"xlm-roberta","num_attention_heads":2,"num_hidden_layers":1,"type_vocab_size":1,"vocab_size":7}
        """,
    ];

    // distilbert-base-uncased; then each other head.
    private static string[] DistilBert =>
    [
        """
        {"activation":"gelu","architectures":["DistilBertForMaskedLM"],"attention_dropout":0.1,"dim":8,"dropout":0.1,"hidden_dim":12,"initializer_range":0.02,
         "max_position_embeddings":16,"model_type":"distilbert","n_heads":4,"n_layers":2,"pad_token_id":0,"qa_dropout":0.1,"seq_classif_dropout":0.2,
         "sinusoidal_pos_embds":false,"tie_weights_":true,"vocab_size":11}
        """,
        """
        {"activation":"relu","architectures":["DistilBertForSequenceClassification"],"dim":6,"finetuning_task":"sst-2","hidden_dim":5,
         "id2label":{"0":"NEGATIVE","1":"POSITIVE"},"label2id":{"NEGATIVE":0,"POSITIVE":1},"max_position_embeddings":9,"model_type":"distilbert","n_heads":2,
         "n_layers":1,"sinusoidal_pos_embds":true,"vocab_size":7}
        """,
        """
        {"architectures":["DistilBertForTokenClassification"],"dim":6,"hidden_dim":5,"max_position_embeddings":9,"model_type":"distilbert","n_heads":2,"n_layers":1,
         "num_labels":5,"vocab_size":7}
        """,
        """
        {"architectures":["DistilBertForQuestionAnswering"],"dim":6,"hidden_dim":5,"max_position_embeddings":9,"model_type":"distilbert","n_heads":2,"n_layers":1,"vocab_size":7}
        """,
        """
        {"architectures":["DistilBertModel"],"dim":6,"hidden_dim":5,"max_position_embeddings":9,"model_type":"distilbert","n_heads":2,"n_layers":1,"vocab_size":7}
        """,
    ];
}
