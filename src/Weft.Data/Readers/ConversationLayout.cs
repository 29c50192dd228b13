namespace Weft.Data;

/// <summary>How a row of a file holds a conversation.</summary>
public enum ConversationLayout
{
    /// <summary>OpenAI's: <c>{"messages": [{"role": "user", "content": "…"}, …]}</c>; answers with <c>"weight": 0</c> are not learnt.</summary>
    Messages,

    /// <summary>ShareGPT's: <c>{"conversations": [{"from": "human", "value": "…"}, …]}</c>, with a text <c>system</c> perhaps.</summary>
    Sharegpt,

    /// <summary>Stanford Alpaca's: <c>{"instruction": "…", "input": "…", "output": "…"}</c>; an input stands after its instruction and an empty line.</summary>
    Alpaca,

    /// <summary>A question in one column, its answer in another.</summary>
    Columns,
}

/// <summary>How conversations stand in files.</summary>
public sealed record ConversationColumns
{
    /// <summary>How a row holds one; null: as the first row of a file has it, and of tables in columns.</summary>
    public ConversationLayout? Layout { get; init; }

    /// <summary>How the files are written; null: as their names say.</summary>
    public TableFormat? Format { get; init; }

    /// <summary>The column of questions: a name, or a number from 1.</summary>
    public string Prompt { get; init; } = "prompt";

    /// <summary>The column of answers.</summary>
    public string Response { get; init; } = "response";
}
