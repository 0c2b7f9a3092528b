using System.Globalization;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Connecting;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Jobs;

/// <summary>The rows that some tables and views have at the end of one epoch, for a query over them.</summary>
internal sealed class PresentRows
{
    private const int MostAttempts = 100;

    private readonly JobSession _session;
    private readonly Dictionary<string, RowsAtEpoch> _kept;
    private readonly Dictionary<string, PlannedRows> _read = new(StringComparer.Ordinal);

    private PresentRows(JobSession session, Dictionary<string, RowsAtEpoch> kept) => (_session, _kept) = (session, kept);

    /// <summary>The epoch of the rows; null: nothing that is kept is read.</summary>
    public long? Epoch => _kept.Count == 0 ? null : _kept.Values.First().Epoch;

    /// <param name="session">The job.</param>
    /// <param name="tables">What is read.</param>
    /// <param name="ranges">Which rows of a table are wanted, by its name; of others all.</param>
    /// <param name="asOf">The epoch; null: the last one.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="SqlException">There are no rows of the epoch, or not any more.</exception>
    public static async Task<PresentRows> OfAsync(JobSession session, IReadOnlyList<CatalogTable> tables,
        IReadOnlyDictionary<string, KeyRange> ranges, long? asOf, CancellationToken cancellation)
    {
        SqlObject[] objects = [.. tables.Select(table => session.Find(table.Name)!)];
        if (asOf is { } epoch)
        {
            var stored = new Dictionary<string, RowsAtEpoch>(StringComparer.Ordinal);
            foreach (SqlObject one in objects)
                stored[one.Name] = await one.ReadAsOfAsync(epoch, cancellation);
            return new PresentRows(session, stored);
        }

        SqlObject[] kept = [.. objects.Where(static one => one.Kept is not null)];
        for (int attempt = 0; ; attempt++)
        {
            var rows = kept.ToDictionary(static one => one.Name, one => one.Kept!.Read(ranges.GetValueOrDefault(one.Name)),
                StringComparer.Ordinal);
            // another epoch may have been committed between two of them
            if (rows.Values.Select(static one => one.Epoch).Distinct().Count() <= 1 || attempt == MostAttempts)
                return new PresentRows(session, rows);
            await session.SettledAsync();
        }
    }

    /// <summary>The rows of a table, with how often each is there; null: it keeps none.</summary>
    public IReadOnlyList<(object?[] Row, long Count)>? Counted(CatalogTable table) => _kept.GetValueOrDefault(table.Name)?.Counted;

    /// <summary>Adds the rows of a table to the pipeline of a query.</summary>
    public PlannedRows Read(Pipeline pipeline, ScanRelation scan)
    {
        if (_read.TryGetValue(scan.Table.Name, out PlannedRows? known))
            return known;
        SqlObject one = _session.Find(scan.Table.Name)!;
        string name = string.Create(CultureInfo.InvariantCulture, $"table-{_read.Count}");
        return _read[scan.Table.Name] = one.Kept is null ? FromSource(pipeline, one, name) : FromKept(pipeline, one, name);
    }

    private PlannedRows FromKept(Pipeline pipeline, SqlObject one, string name)
    {
        TableFeed feed = TableFeed.Copying(one.Table, one.Layout!);
        _ = feed.TellAllAsync(_kept[one.Name].Changes);
        feed.Complete();
        return new PlannedRows(one.Layout!, feed.Read(pipeline, name));
    }

    private PlannedRows FromSource(Pipeline pipeline, SqlObject one, string name)
    {
        (Connector connector, ConnectorSettings settings) = JobGraph.ConnectorOf(one.Table, _session.Options);
        if (!connector.IsBounded(settings))
        {
            throw new SqlFault(SqlState.FeatureNotSupported,
                $"the source \"{one.Name}\" has no end, and the job keeps none of its rows: make it a TABLE, or a materialized view of it");
        }

        var read = new ConnectorReading(pipeline, name, new RowTypes(), one.Layout!, new RowContext { Clock = _session.Options.Job.Clock });
        return connector.Read(read, settings);
    }
}
