using ActorStreams.Sql.Expressions;

namespace ActorStreams.Sql.Binding.Catalogues;

/// <summary>The application's own functions, by name in lower case; several of one name differ by their parameters.</summary>
internal sealed class OwnFunctions
{
    private readonly Dictionary<string, List<Function>> _scalars = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<OwnAggregate>> _aggregates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<RowsFunction>> _rows = new(StringComparer.Ordinal);

    /// <summary>The names of all of them.</summary>
    public IEnumerable<string> Names => [.. _scalars.Keys, .. _aggregates.Keys, .. _rows.Keys];

    public IEnumerable<string> AggregateNames => _aggregates.Keys;

    public IEnumerable<string> RowsNames => _rows.Keys;

    /// <summary>Those that give a value for each row; null: there are none of the name.</summary>
    public IReadOnlyList<Function>? Scalars(string name) => _scalars.GetValueOrDefault(name);

    public IReadOnlyList<OwnAggregate>? Aggregates(string name) => _aggregates.GetValueOrDefault(name);

    /// <summary>Those that give rows; null: there are none of the name.</summary>
    public IReadOnlyList<RowsFunction>? Rows(string name) => _rows.GetValueOrDefault(name);

    public void Add(Function function) => Add(_scalars, function.Name, function);

    public void Add(OwnAggregate aggregate) => Add(_aggregates, aggregate.Name, aggregate);

    public void Add(RowsFunction function) => Add(_rows, function.Function.Name, function);

    /// <summary>Takes over all that another has.</summary>
    public void Add(OwnFunctions other)
    {
        foreach (Function function in other._scalars.Values.SelectMany(static one => one))
            Add(function);
        foreach (OwnAggregate aggregate in other._aggregates.Values.SelectMany(static one => one))
            Add(aggregate);
        foreach (RowsFunction function in other._rows.Values.SelectMany(static one => one))
            Add(function);
    }

    private static void Add<T>(Dictionary<string, List<T>> all, string name, T one)
    {
        if (!all.TryGetValue(name, out List<T>? named))
            all[name] = named = [];
        named.Add(one);
    }
}
