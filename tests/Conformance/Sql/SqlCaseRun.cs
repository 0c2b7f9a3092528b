using System.Globalization;
using System.Text.Json;

namespace ActorStreams.Conformance.Tests.Sql;

/// <summary>Runs a case as a program would: a job of SQL is opened, told statements and rows, and asked.</summary>
/// <param name="test">The case.</param>
/// <param name="parallelism">Of the job; after a crash the next of them, in turn.</param>
/// <param name="crashes">Whether the process dies before a step, by its number, and goes on with what is stored.</param>
internal sealed class SqlCaseRun(Case test, int[] parallelism, Func<int, bool> crashes) : IAsyncDisposable
{
    private readonly bool _namesVariables = test.Json.GetRawText().Contains("CLASSIFIER", StringComparison.OrdinalIgnoreCase);
    private readonly MemoryStore _store = Store.InMemory();
    private readonly CaseClock _clock = new();
    private readonly Dictionary<string, ViewChanges> _views = new(StringComparer.Ordinal);
    private SqlJob? _sql;
    private int _opened;

    private SqlJob Sql => _sql ?? throw new InvalidOperationException("The job is not open.");

    private JsonElement? Fixture => test.Json.TryGetProperty("fixture", out JsonElement name)
        ? CaseFolder.Fixture("sql", name.GetString()!) : null;

    /// <summary>What is wrong; null: nothing.</summary>
    public async Task<string?> RunAsync()
    {
        await OpenAsync();
        string[] statements = [.. Texts(Fixture, "ddl"), .. Texts(test.Json, "ddl"), .. Texts(test.Json, "views")];
        await Sql.ExecuteAsync(string.Join(";\n", statements));
        string[] observed = [.. Steps().Where(static step => step.TryGetProperty("subscribe", out _))
            .Select(static step => step.GetProperty("subscribe").GetString()!).Distinct()];
        foreach (string view in observed.Where(view => statements.Any(one => one.Contains($"VIEW {view} ", StringComparison.Ordinal))))
            _views[view] = await ViewChanges.BeginAsync(Sql, view);
        if (Fixture is { } fixture)
            await FeedAsync(fixture);
        bool fails = test.Json.TryGetProperty("failing", out JsonElement failing);
        int number = 0;
        foreach (JsonElement step in Steps())
        {
            if (crashes(number++))
                await CrashAsync();
            try
            {
                if (await StepAsync(step, observed) is { } fault)
                    return fault;
            }
            catch (SqlException) when (fails)
            {
                break;   // a view cannot go on; who asks it is told
            }
        }

        return fails ? await FailsAsync(failing.GetString()!) : null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ViewChanges view in _views.Values)
            await view.DisposeAsync();
        if (_sql is not null)
            await _sql.DisposeAsync();
    }

    private async Task OpenAsync()
    {
        var options = new SqlJobOptions
        {
            Job = new JobOptions
            {
                Parallelism = parallelism[_opened++ % parallelism.Length],
                EpochInterval = TimeSpan.FromHours(1),
                MaxEventTimeAhead = null,
                MaxEventTimeLeap = null,
                Restart = RestartPolicy.None,
                Clock = _clock,
                OnNotice = static _ => { },
            },
        };
        _sql = await SqlJob.OpenAsync("case", _store, options);
    }

    private async Task CrashAsync()
    {
        await Sql.DisposeAsync();
        await OpenAsync();
        foreach (ViewChanges view in _views.Values)
            await view.GoOnAsync(Sql);
    }

    private async Task<string?> StepAsync(JsonElement step, string[] observed)
    {
        if (step.TryGetProperty("query", out JsonElement query))
        {
            IReadOnlyList<SqlRow> rows = await Sql.QueryAsync(query.GetString()!);
            bool isOrdered = step.TryGetProperty("ordered", out JsonElement ordered) && ordered.GetBoolean();
            return Compare(step, isOrdered, rows.Count == 0 ? [] : rows[0].Columns, rows.Select(Shown), hasCount: false);
        }

        if (step.TryGetProperty("subscribe", out JsonElement subscribed))
        {
            long epoch = await Sql.CommitAsync();
            IReadOnlyList<Change<SqlRow>> changes = await _views[subscribed.GetString()!].UntilAsync(epoch);
            return Compare(step, false, changes.Count == 0 ? [] : changes[0].Row.Columns,
                changes.Select(one => $"{one.Weight} | {Shown(one.Row)}"), hasCount: true);
        }

        if (step.TryGetProperty("view", out JsonElement view))
        {
            await Sql.ExecuteAsync(view.GetString()!);
            foreach (string late in observed.Where(one => !_views.ContainsKey(one)))
                _views[late] = await ViewChanges.BeginAsync(Sql, late);
        }
        else if (step.TryGetProperty("clock", out JsonElement clock))
        {
            _clock.Set(DateTimeOffset.Parse(clock.GetString()!, CultureInfo.InvariantCulture));
        }
        else
        {
            await FeedAsync(step);
        }

        return null;
    }

    private async Task FeedAsync(JsonElement step)
    {
        List<Task> told = [];
        foreach ((string table, JsonElement rows) in Tables(step, "delete"))
            told.Add(Sql.Table(table).DeleteAsync([.. rows.EnumerateArray().Select(CaseValues.Row)]));
        foreach ((string table, JsonElement pairs) in Tables(step, "update"))
        {
            foreach (JsonElement pair in pairs.EnumerateArray())
                told.Add(Sql.Table(table).UpdateAsync(CaseValues.Row(pair[0]), CaseValues.Row(pair[1])));
        }

        foreach ((string table, JsonElement rows) in Tables(step, "insert"))
            told.Add(Sql.Table(table).InsertAsync([.. rows.EnumerateArray().Select(CaseValues.Row)]));
        foreach ((string table, JsonElement at) in Tables(step, "watermark"))
        {
            told.Add(at.GetString() == "end" ? Sql.Table(table).EndAsync()
                : Sql.Table(table).AdvanceWatermarkAsync(DateTimeOffset.Parse(at.GetString()!, CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal)));
        }

        await Sql.CommitAsync();
        await Task.WhenAll(told);
    }

    private async Task<string?> FailsAsync(string statement)
    {
        string category = test.Json.GetProperty("error").GetString()!;
        try
        {
            bool asks = statement.TrimStart().StartsWith("SELECT", StringComparison.OrdinalIgnoreCase);
            if (asks)
                await Sql.QueryAsync(statement);
            else
                await Sql.ExecuteAsync(statement);
        }
        catch (SqlException error)
        {
            string found = char.ToLowerInvariant($"{error.Category}"[0]) + $"{error.Category}"[1..];
            return found == category ? null : $"It is refused as {found}, and should be as {category}: {error.Message}";
        }

        return $"It is not refused: {statement}";
    }

    private string Shown(SqlRow row) => Folded(CaseValues.Of(row));

    private string Shown(IEnumerable<JsonElement> row, IReadOnlyList<SqlColumn> columns) => Folded(CaseValues.Of(row, columns));

    /// <summary>The names of variables of patterns mean the same in upper and lower case.</summary>
    private string Folded(string row) => _namesVariables ? row.ToUpperInvariant() : row;

    private string? Compare(
        JsonElement step, bool isOrdered, IReadOnlyList<SqlColumn> columns, IEnumerable<string> rows, bool hasCount)
    {
        IEnumerable<string> wanted = step.GetProperty("expect").EnumerateArray().Select(row => hasCount
            ? $"{row[0].GetRawText()} | {Shown(row.EnumerateArray().Skip(1), columns)}"
            : Shown(row.EnumerateArray(), columns));
        string[] expected = [.. isOrdered ? wanted : wanted.Order(StringComparer.Ordinal)];
        string[] actual = [.. isOrdered ? rows : rows.Order(StringComparer.Ordinal)];
        return expected.SequenceEqual(actual) ? null
            : $"expected\n  {string.Join("\n  ", expected)}\nbut got\n  {string.Join("\n  ", actual)}";
    }

    private IEnumerable<JsonElement> Steps() =>
        test.Json.TryGetProperty("steps", out JsonElement steps) ? steps.EnumerateArray() : [];

    private static IEnumerable<(string Table, JsonElement Rows)> Tables(JsonElement step, string action) =>
        step.TryGetProperty(action, out JsonElement tables) ? tables.EnumerateObject().Select(static one => (one.Name, one.Value)) : [];

    private static IEnumerable<string> Texts(JsonElement? from, string name) => from is { } element
        && element.TryGetProperty(name, out JsonElement texts)
        ? texts.EnumerateArray().Select(static one => one.GetString()!) : [];
}
