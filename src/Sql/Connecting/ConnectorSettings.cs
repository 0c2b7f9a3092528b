using System.Globalization;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Connecting;

/// <summary>The settings of a table's or sink's WITH. Each that is read is known; what nobody read is refused at the end.</summary>
internal sealed class ConnectorSettings(CatalogTable table, string folder)
{
    public const string Connector = "connector";

    private readonly HashSet<string> _known = [Connector];

    public CatalogTable Table { get; } = table;

    /// <summary>Which connector it is; null: the table has none.</summary>
    public static string? ConnectorOf(CatalogTable table) =>
        table.Options.GetValueOrDefault(Connector) is { } name ? ValueText.Of(name) : null;

    /// <summary>A path: relative ones begin at the job's folder.</summary>
    public string Path(string name) => System.IO.Path.Combine(folder, Text(name));

    public string Text(string name) => TextOr(name, null)
        ?? throw Wrong(name, $"the connector '{ConnectorOf(Table)}' needs the option {name}", "Say it in WITH: " + name + " = '…'.");

    public string? TextOr(string name, string? otherwise)
    {
        _known.Add(name);
        return Table.Options.GetValueOrDefault(name) is { } value ? ValueText.Of(value) : otherwise;
    }

    public bool Flag(string name, bool otherwise) => TextOr(name, null) is not { } text ? otherwise
        : text is "true" or "on" or "yes"
            || (text is not ("false" or "off" or "no") ? throw Wrong(name, $"{name} is true or false, not '{text}'") : false);

    public long Number(string name, long otherwise) => TextOr(name, null) is not { } text ? otherwise
        : long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) ? number
        : throw Wrong(name, $"{name} is a whole number, not '{text}'");

    /// <summary>One of some words.</summary>
    public string Word(string name, string? otherwise, params string[] words)
    {
        string text = (otherwise is null ? Text(name) : TextOr(name, otherwise)!).ToLowerInvariant();
        return words.Contains(text, StringComparer.Ordinal) ? text
            : throw Wrong(name, $"{name} is {string.Join(", ", words)}, not '{text}'", NearestName.Hint(text, words));
    }

    /// <summary>Refuses options that nothing has asked for.</summary>
    public void Done()
    {
        if (Table.Options.Keys.FirstOrDefault(name => !_known.Contains(name)) is { } unknown)
        {
            throw Wrong(unknown,
                $"the connector '{ConnectorOf(Table)}' has no option {unknown}; it has {string.Join(", ", _known.Order())}",
                NearestName.Hint(unknown, _known));
        }
    }

    public SqlException Wrong(string name, string fault, string? hint = null)
    {
        _ = name;
        return new SqlException(SqlErrorCategory.InvalidReference, SqlState.InvalidParameterValue, $"\"{Table.Name}\": {fault}.", hint);
    }
}
