using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Parsing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax;

/// <summary>Makes the tree of a text. Whatever the text says, the answer is a tree or an <see cref="SqlException"/>, in time that grows
/// with the length of the text, on a stack that <see cref="SqlLimits.MaxDepth"/> bounds.</summary>
internal static class SqlParser
{
    /// <summary>The statements of a script, which semicolons divide.</summary>
    public static SyntaxList<Statement> ParseScript(string text, SqlLimits? limits = null) =>
        Parse(text, limits, grammar => grammar.Statements.ParseScript());

    /// <summary>One statement; a semicolon may end it.</summary>
    public static Statement ParseStatement(string text, SqlLimits? limits = null) =>
        Parse(text, limits, grammar => grammar.Statements.ParseOne());

    /// <summary>One expression.</summary>
    public static Expression ParseExpression(string text, SqlLimits? limits = null) =>
        Parse(text, limits, grammar => grammar.Statements.ParseExpression());

    /// <summary>What was expected is noted only if it must be told: a text with an error is read twice.</summary>
    private static T Parse<T>(string text, SqlLimits? limits, Func<Grammar, T> parse)
    {
        ArgumentNullException.ThrowIfNull(text);
        limits ??= SqlLimits.Default;
        try
        {
            return parse(new Grammar(new TokenStream(text, limits, expectations: null)));
        }
        catch (SqlException error) when (error.Category == SqlErrorCategory.Syntax)
        {
            return parse(new Grammar(new TokenStream(text, limits, new Expectations())));
        }
    }
}
