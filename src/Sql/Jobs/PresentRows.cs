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
    private readonly Dictionary<string, Array> _kept;
    private readonly Dictionary<string, PlannedRows> _read = new(StringComparer.Ordinal);

    private PresentRows(JobSession session, Dictionary<string, Array> kept) => (_session, _kept) = (session, kept);

    public static async Task<PresentRows> OfAsync(JobSession session, IReadOnlyList<CatalogTable> tables)
    {
        SqlObject[] kept = [.. tables.Select(table => session.Find(table.Name)!).Where(static one => one.Kept is not null)];
        for (int attempt = 0; ; attempt++)
        {
            (string Name, long Epoch, Array Changes)[] scans = [.. kept.Select(static one =>
            {
                (long epoch, Array changes) = one.Kept!.Scan();
                return (one.Name, epoch, changes);
            })];
            // another epoch may have been committed between two scans
            if (scans.Select(static one => one.Epoch).Distinct().Count() <= 1 || attempt == MostAttempts)
                return new PresentRows(session,
                    scans.ToDictionary(static one => one.Name, static one => one.Changes, StringComparer.Ordinal));
            await session.SettledAsync();
        }
    }

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
        _ = feed.TellAllAsync(_kept[one.Name]);
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
