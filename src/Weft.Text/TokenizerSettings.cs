namespace Weft.Text;

/// <summary>
/// What tokenizer_config.json, special_tokens_map.json and generation_config.json say beside a tokenizer. Null where they say nothing.
/// </summary>
public sealed record TokenizerSettings
{
    internal static TokenizerSettings None { get; } = new();

    /// <summary>Which special token plays which part.</summary>
    public SpecialTokenRoles Roles { get; init; } = new();

    /// <summary>Most ids that the model takes (<c>model_max_length</c>); null also where the file means "no limit". Never applied by itself.</summary>
    public long? ModelMaximumLength { get; init; }

    /// <summary><c>do_lower_case</c>; it acts where the tokenizer's format leaves it open (vocab.txt).</summary>
    public bool? LowerCase { get; init; }

    /// <summary><c>clean_up_tokenization_spaces</c>: decoded text was meant to lose the spaces before punctuation. Never applied by itself.</summary>
    public bool? CleanUpSpaces { get; init; }

    /// <summary>Ids that end a generated text (<c>eos_token_id</c> of generation_config.json); empty where it names none.</summary>
    public IReadOnlyList<int> EndOfTextIds { get; init; } = [];
}

/// <summary>A special token by name and id.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
public sealed record SpecialToken(int Id, string Content);

/// <summary>The parts that special tokens play, by Hugging Face's names. Null where no token plays it.</summary>
public sealed record SpecialTokenRoles
{
    /// <summary><c>bos_token</c>: the beginning of a text.</summary>
    public SpecialToken? Beginning { get; init; }

    /// <summary><c>eos_token</c>: the end of a text.</summary>
    public SpecialToken? End { get; init; }

    /// <summary><c>unk_token</c>: what the vocabulary does not know.</summary>
    public SpecialToken? Unknown { get; init; }

    /// <summary><c>sep_token</c>: between two texts.</summary>
    public SpecialToken? Separator { get; init; }

    /// <summary><c>pad_token</c>: fills a batch.</summary>
    public SpecialToken? Padding { get; init; }

    /// <summary><c>cls_token</c>: its hidden state stands for the whole text.</summary>
    public SpecialToken? Classification { get; init; }

    /// <summary><c>mask_token</c>: what the model shall guess.</summary>
    public SpecialToken? Mask { get; init; }

    /// <summary><c>additional_special_tokens</c>.</summary>
    public IReadOnlyList<SpecialToken> Additional { get; init; } = [];

    /// <summary>The tokens that play a part of their own, by Hugging Face's names of the parts.</summary>
    public IEnumerable<(string Name, SpecialToken Token)> Named()
    {
        (string Name, SpecialToken? Token)[] all =
        [
            ("bos_token", Beginning), ("eos_token", End), ("unk_token", Unknown), ("sep_token", Separator),
            ("pad_token", Padding), ("cls_token", Classification), ("mask_token", Mask),
        ];
        foreach ((string name, SpecialToken? token) in all)
            if (token is not null)
                yield return (name, token);
    }
}
