using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Weft.House.Tests;

/// <summary>Measures one source file by its syntax tree.</summary>
internal sealed class SourceMeasure
{
    private readonly string _text;
    private readonly CompilationUnitSyntax _root;

    public SourceMeasure(string path, string text)
    {
        Path = path;
        _text = text;
        _root = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview)).GetCompilationUnitRoot();
    }

    /// <summary>Every source file, parsed once for all tests.</summary>
    public static IReadOnlyList<SourceMeasure> All { get; } =
        [.. Repository.SourceFiles.Select(path => new SourceMeasure(path, File.ReadAllText(Repository.FullPath(path))))];

    public int Lines => _text.Length == 0 ? 0 : _text.AsSpan().Count('\n') + (_text[^1] == '\n' ? 0 : 1);

    public string Path { get; }

    /// <summary>
    /// Functions with their length in lines, from the first modifier to the closing brace: attributes and comments above are not
    /// counted. A lambda or a local function is part of the function it stands in.
    /// </summary>
    public IEnumerable<(string Name, int Lines)> Functions()
    {
        foreach (SyntaxNode node in _root.DescendantNodes().Where(IsFunction))
            yield return ($"{Path}#{Name(node)}", LineCount(node));
        if (_root.Members.OfType<GlobalStatementSyntax>().ToArray() is { Length: > 0 } statements)
            yield return ($"{Path}#top-level statements", Line(statements[^1].Span.End) - Line(statements[0].SpanStart) + 1);
    }

    /// <summary>
    /// Constructors with their parameters. The positional parameters of a record are exempt: a record is a value whose fields are
    /// named where it is made and copied with <c>with</c>. A constructor that a record writes out is not exempt.
    /// </summary>
    public IEnumerable<(string Name, int Parameters)> Constructors()
    {
        foreach (ConstructorDeclarationSyntax constructor in _root.DescendantNodes().OfType<ConstructorDeclarationSyntax>())
            yield return ($"{Path}#{Name(constructor)}", constructor.ParameterList.Parameters.Count);
        foreach (TypeDeclarationSyntax type in _root.DescendantNodes().OfType<TypeDeclarationSyntax>())
            if (type is not RecordDeclarationSyntax && type.ParameterList is { } parameters)
                yield return ($"{Path}#{type.Identifier.Text}", parameters.Parameters.Count);
    }

    public IEnumerable<string> TypeNames() => _root.DescendantNodes()
        .Select(node => node switch
        {
            BaseTypeDeclarationSyntax type => type.Identifier.Text,
            DelegateDeclarationSyntax type => type.Identifier.Text,
            _ => null,
        })
        .OfType<string>();

    private static bool IsFunction(SyntaxNode node) => node switch
    {
        BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax => true,
        BasePropertyDeclarationSyntax property => property is PropertyDeclarationSyntax { ExpressionBody: not null } or IndexerDeclarationSyntax { ExpressionBody: not null },
        // A lambda that initialises a field has no function around it.
        AnonymousFunctionExpressionSyntax lambda => lambda.Block is not null && !lambda.Ancestors().Any(IsFunction) && !lambda.Ancestors().OfType<GlobalStatementSyntax>().Any(),
        _ => false,
    };

    private static string Name(SyntaxNode node)
    {
        string own = node switch
        {
            MethodDeclarationSyntax method => method.Identifier.Text,
            ConstructorDeclarationSyntax constructor => $"{constructor.Identifier.Text} constructor",
            PropertyDeclarationSyntax property => property.Identifier.Text,
            LocalFunctionStatementSyntax function => function.Identifier.Text,
            AccessorDeclarationSyntax accessor => accessor.Keyword.Text,
            AnonymousFunctionExpressionSyntax => "lambda",
            _ => node.Kind().ToString(),
        };
        return node.Ancestors().OfType<BaseTypeDeclarationSyntax>().FirstOrDefault() is { } type ? $"{type.Identifier.Text}.{own}" : own;
    }

    private int LineCount(SyntaxNode node)
    {
        SyntaxList<AttributeListSyntax> attributes = node switch
        {
            MemberDeclarationSyntax member => member.AttributeLists,
            AccessorDeclarationSyntax accessor => accessor.AttributeLists,
            LocalFunctionStatementSyntax function => function.AttributeLists,
            _ => default,
        };
        int start = attributes.Count == 0 ? node.SpanStart : attributes[^1].GetLastToken().GetNextToken().SpanStart;
        return Line(node.Span.End) - Line(start) + 1;
    }

    private int Line(int position) => _root.SyntaxTree.GetLineSpan(new(position, 0)).StartLinePosition.Line;
}
