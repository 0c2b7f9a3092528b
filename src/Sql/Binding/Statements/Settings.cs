using ActorStreams.Sql.Binding.Queries;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Statements;

/// <summary>The settings of WITH: constants by name. A bare word is a text, and a name alone is true.</summary>
internal static class Settings
{
    public static IReadOnlyDictionary<string, object?> Of(SyntaxList<Option> options, Binders binders)
    {
        var settings = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (Option option in options)
        {
            if (!settings.TryAdd(option.Name.ToString(), Value(option, binders)))
                throw binders.Session.Fault(SqlErrorCategory.DuplicateAlias, SqlState.DuplicateObject,
                    $"The option {option.Name} is said twice.", option.Span);
        }

        return settings;
    }

    private static object? Value(Option option, Binders binders)
    {
        if (option.Value is null)
            return true;
        if (option.Value is ColumnReference { Parts.Count: 1 } word)
            return word.Parts[0].Name;
        var context = new ExpressionContext(Surroundings.None, "WITH") { AllowsQueries = false };
        return binders.Expressions.Bind(option.Value, context) is ConstantExpression constant ? constant.Value
            : throw binders.Session.Fault(SqlErrorCategory.Type, SqlState.SyntaxError, $"The option {option.Name} takes a constant.",
                option.Value.Span);
    }
}
