using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Types by their names.</summary>
internal sealed class TypeBinder(BindingSession session)
{
    private static readonly string[] s_names =
    [
        "bool", "boolean", "smallint", "int", "integer", "bigint", "real", "double", "float", "numeric", "decimal", "text", "varchar",
            "date",
        "time", "timestamp", "timestamptz", "interval", "bytea", "json", "jsonb",
    ];

    public SqlType Bind(TypeName name)
    {
        try
        {
            string text = name.Name.Last.Name == "char"
                ? throw session.Unsupported("The type char(n), which pads with spaces, is not supported.", name.Span,
                    "Say varchar(n) or text.") : name.Name.Last.Name;
            SqlType type = SqlType.Named(text, name.Modifiers.AsSpan());
            return name.ArrayDimensions switch
            {
                0 => type,
                1 => SqlType.ArrayOf(type),
                _ => throw session.Unsupported("Arrays of arrays are not supported.", name.Span),
            };
        }
        catch (SqlFault fault) when (fault.State == SqlState.UndefinedObject)
        {
            throw session.Fault(SqlErrorCategory.Type, fault.State, $"There is no type \"{name.Name}\".", name.Span,
                NearestName.Hint(name.Name.Last.Name, s_names));
        }
        catch (SqlFault fault)
        {
            throw session.Placed(fault, name.Span);
        }
    }

    /// <summary>The fields of an interval in words: <c>day to second</c>.</summary>
    public static string? UnitOf(IntervalFields? fields) => fields is null ? null
        : fields.First.ToString().ToLowerInvariant() + (fields.Last is { } last ? $" to {last.ToString().ToLowerInvariant()}" : "");
}
