namespace ActorStreams.Sql.Binding.Catalogues;

/// <summary>The tables, sources, sinks and views there are, by name.</summary>
/// <param name="own">The application's own functions; null: there are none.</param>
internal sealed class SqlCatalog(OwnFunctions? own = null)
{
    private readonly Dictionary<string, CatalogTable> _tables = new(StringComparer.Ordinal);

    public IReadOnlyCollection<CatalogTable> Tables => _tables.Values;

    public IEnumerable<string> Names => _tables.Keys;

    /// <summary>The application's own functions.</summary>
    public OwnFunctions Own { get; } = own ?? new OwnFunctions();

    public CatalogTable? Find(string name) => _tables.GetValueOrDefault(name);

    /// <summary>Adds it, or puts it in the place of the one of its name.</summary>
    public void Add(CatalogTable table) => _tables[table.Name] = table;

    public bool Remove(string name) => _tables.Remove(name);
}
