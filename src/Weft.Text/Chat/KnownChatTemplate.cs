namespace Weft.Text.Chat;

/// <summary>A chat template that the field knows by name, for models that have none of their own. Texts are trimmed, as these templates do.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Source">Its text, in Jinja.</param>
public sealed record KnownChatTemplate(string Name, string Source)
{
    /// <summary>Special tokens that a tokenizer must have for it, beside the end of a text.</summary>
    public IReadOnlyList<string> SpecialTokens { get; private init; } = [];

    /// <summary>The one of them that ends a turn; null: <c>eos_token</c> does.</summary>
    public string? EndOfTurn { get; private init; }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<KnownChatTemplate> All { get; } =
    [
        // OpenAI's Chat Markup Language, as Qwen and many others have it.
        new("chatml", """
            {%- for message in messages %}
            {{- '<|im_start|>' + message['role'] + '\n' + message['content'] | trim + '<|im_end|>' + '\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
            {%- endif %}

            """) { SpecialTokens = ["<|im_start|>", "<|im_end|>"], EndOfTurn = "<|im_end|>" },
        // Grattafiori et al. 2024 (arXiv:2407.21783), without dates and tools.
        new("llama-3", """
            {{- bos_token }}
            {%- for message in messages %}
            {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
            {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
            {%- endif %}

            """) { SpecialTokens = ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], EndOfTurn = "<|eot_id|>" },
        // Taori et al. 2023; with several turns as others have extended it. Headers are plain text, so every tokenizer with an end of text will do.
        new("alpaca", """
            {%- if messages[0]['role'] == 'system' %}
            {{- messages[0]['content'] | trim + '\n\n' }}
            {%- set messages = messages[1:] %}
            {%- endif %}
            {%- for message in messages %}
            {%- if message['role'] == 'user' %}
            {{- '### Instruction:\n' + message['content'] | trim + '\n\n' }}
            {%- else %}
            {{- '### Response:\n' + message['content'] | trim + eos_token + '\n\n' }}
            {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
            {{- '### Response:\n' }}
            {%- endif %}

            """),
        // Tunstall et al. 2023 (arXiv:2310.16944).
        new("zephyr", """
            {%- for message in messages %}
            {{- '<|' + message['role'] + '|>\n' + message['content'] | trim + eos_token + '\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
            {{- '<|assistant|>\n' }}
            {%- endif %}

            """),
    ];

    /// <summary>The one of a name; null where there is none.</summary>
    public static KnownChatTemplate? Find(string name) => All.FirstOrDefault(template => template.Name == name);
}
