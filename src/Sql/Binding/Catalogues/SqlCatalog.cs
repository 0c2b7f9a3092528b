using ActorStreams.Sql.Expressions;

namespace ActorStreams.Sql.Binding.Catalogues;

/// <summary>The tables, sources, sinks and views there are, by name.</summary>
internal sealed class SqlCatalog
{
    private readonly Dictionary<string, CatalogTable> _tables = new(StringComparer.Ordinal);

    public IReadOnlyCollection<CatalogTable> Tables => _tables.Values;

    public IEnumerable<string> Names => _tables.Keys;

    /// <summary>Functions of the application's own, by name; several differ by their parameters.</summary>
    public Dictionary<string, List<Function>> Functions { get; } = new(StringComparer.Ordinal);

    public CatalogTable? Find(string name) => _tables.GetValueOrDefault(name);

    /// <summary>Adds it, or puts it in the place of the one of its name.</summary>
    public void Add(CatalogTable table) => _tables[table.Name] = table;

    public bool Remove(string name) => _tables.Remove(name);
}
