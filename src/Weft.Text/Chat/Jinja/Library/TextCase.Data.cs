namespace Weft.Text.Chat.Jinja.Library;

/// <content>Exceptions of the mappings, as "character=mapping", from the Unicode Character Database (Unicode licence).</content>
internal static partial class TextCase
{
    private const string UpperData = "";
    private const string TitleData = "";
    private const string LowerData = "";
}
