using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Syntax;
using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Scopes;

/// <summary>The text and the catalogue that a statement is bound with, and the errors that it is refused with.</summary>
internal sealed class BindingSession(string text, SqlCatalog catalog)
{
    public string Text { get; } = text;

    public SqlCatalog Catalog { get; } = catalog;

    public SqlException Fault(SqlErrorCategory category, string state, string fault, SourceSpan span, string? hint = null) =>
        new SqlException(category, state, fault, hint).At(Text, span);

    public SqlException Unsupported(string fault, SourceSpan span, string? hint = null) =>
        Fault(SqlErrorCategory.Unsupported, SqlState.FeatureNotSupported, fault, span, hint);

    /// <summary>A fault of a value or an expression, with its place.</summary>
    public SqlException Placed(SqlFault fault, SourceSpan around)
    {
        string message = fault.Message.Length > 0 && char.IsLower(fault.Message[0])
            ? char.ToUpperInvariant(fault.Message[0]) + fault.Message[1..] : fault.Message;
        if (!message.EndsWith('.'))
            message += ".";
        var error = new SqlException(CategoryOf(fault), fault.State, message, HintFor(fault), fault);
        return error.At(Text, fault.Position >= 0 ? SpanAt(fault.Position) : around);
    }

    /// <summary>The token at a place.</summary>
    public SourceSpan SpanAt(int position)
    {
        if (position >= Text.Length)
            return new SourceSpan(position, 0);
        try
        {
            return new Lexer(Text, SqlLimits.Default with { MaxLength = int.MaxValue }) { Position = position }.Next(inPattern: false).Span;
        }
        catch (SqlException)
        {
            return new SourceSpan(position, 1);
        }
    }

    public static SqlErrorCategory CategoryOf(SqlFault fault) => SqlErrorCategories.Of(fault.State, fault.Message);

    /// <summary>Whether a function of the name combines the rows of a group.</summary>
    public bool IsAggregate(string name) => Expressions.Resolve.IsAggregate(name) || Catalog.Own.Aggregates(name) is not null;

    /// <summary>Whether a function of the name gives a value for each row.</summary>
    public bool IsFunction(string name) => Expressions.Resolve.IsFunction(name) || Catalog.Own.Scalars(name) is not null;

    /// <summary>The names of all functions, to find the nearest one.</summary>
    public IEnumerable<string> FunctionNames => Expressions.Resolve.FunctionNames.Concat(Expressions.Resolve.AggregateNames)
        .Concat(Catalog.Own.Names);

    private string? HintFor(SqlFault fault)
    {
        if (fault.State != SqlState.UndefinedFunction || !fault.Message.StartsWith("function ", StringComparison.Ordinal))
            return null;
        string name = fault.Message["function ".Length..].Split('(')[0];
        if (IsFunction(name) || IsAggregate(name))
            return "There are functions of this name, for other arguments: a cast may help.";
        bool givesRows = Catalog.Own.Rows(name) is not null
            || Expressions.Catalogue.RowsCatalogue.Names.Contains(name, StringComparer.Ordinal);
        return givesRows ? $"{name} gives rows: it stands in FROM." : NearestName.Hint(name, FunctionNames);
    }
}
