using System.Text.Json;
using ActorStreams.Authoring;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Statements;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;
using ActorStreams.TestKit;

namespace ActorStreams.Sql.Tests.Planning;

/// <summary>Runs a conformance case: its views and queries are parsed, bound, planned and run in one pipeline, and asked after each
/// step.</summary>
internal sealed class PlannedCase(JsonElement test, JsonElement? fixture)
{
    private readonly SqlCatalog _catalog = new();
    private readonly RowTypes _types = new();
    private readonly Dictionary<string, TableFeed> _feeds = [];
    private readonly Dictionary<string, PlannedRows> _planned = [];
    private readonly Dictionary<string, QueryContent> _contents = [];
    private int _queries;

    /// <summary>What is wrong; null: nothing.</summary>
    public async Task<string?> RunAsync()
    {
        var options = new JobOptions { Parallelism = 1, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };
        await using StreamTest stream = await StreamTest.StartAsync(Build, options);
        stream.Commit();
        if (fixture is { } shared && shared.TryGetProperty("insert", out JsonElement inserted))
            Feed(inserted, 1);
        if (fixture is { } all)
            Watermarks(all);
        stream.Commit();
        _queries = 0;
        foreach (JsonElement step in Steps())
        {
            if (step.TryGetProperty("query", out _))
            {
                string? fault = Compare(step, _contents[$"query-{_queries++}"].Rows(), "");
                if (fault is not null)
                    return fault;
            }
            else if (step.TryGetProperty("subscribe", out JsonElement view))
            {
                string? fault = Compare(step, _contents[view.GetString()!].Changes(), ": ");
                if (fault is not null)
                    return fault;
            }
            else if (step.TryGetProperty("view", out _) || step.TryGetProperty("clock", out _))
            {
                return "not run: views made late, clocks";
            }
            else
            {
                Data(step);
                stream.Commit();
            }
        }

        return null;
    }

    private IEnumerable<JsonElement> Steps() => test.TryGetProperty("steps", out JsonElement steps) ? steps.EnumerateArray() : [];

    private void Build(Pipeline pipeline)
    {
        foreach (JsonElement one in Texts(fixture, "ddl").Concat(Texts(test, "ddl")))
        {
            var created = (BoundCreate)Binder.Bind(one.GetString()!, _catalog);
            CatalogTable table = created.Table!;
            _catalog.Add(table);
            RowLayout layout = _types.Of(
                [.. table.Columns.Select(static column => new RowColumn(column.Name, column.Type, column.IsNullable))]);
            TableFeed feed = TableFeed.Of(layout, table.Watermarks.SingleOrDefault());
            _feeds[table.Name] = feed;
            _planned[table.Name] = new PlannedRows(layout, feed.Read(pipeline, $"table-{table.Name}"));
        }

        foreach (JsonElement one in Texts(test, "views"))
        {
            var created = (BoundCreate)Binder.Bind(one.GetString()!, _catalog);
            CatalogTable view = created.Table!;
            _catalog.Add(view);
            _planned[view.Name] = Plan(pipeline, view.Name, view.Query!, view.Emit);
        }

        foreach (JsonElement step in Steps())
        {
            if (step.TryGetProperty("query", out JsonElement query))
            {
                var bound = (BoundQuery)Binder.Bind(query.GetString()!, _catalog);
                string name = $"query-{_queries++}";
                Plan(pipeline, name, bound.Relation, bound.Emit);
            }
        }
    }

    private PlannedRows Plan(Pipeline pipeline, string name, Relation relation, EmitMode emit)
    {
        var planner = new Planner(pipeline, name, _types, table => _planned[table.Name], new RowContext());
        PlannedRows rows = planner.Plan(relation, emit);
        QueryContent content = QueryContent.Of(rows.Layout);
        content.Write(rows.Stream, $"{name}-out");
        _contents[name] = content;
        return rows;
    }

    private void Data(JsonElement step)
    {
        if (step.TryGetProperty("delete", out JsonElement deleted))
            Feed(deleted, -1);
        if (step.TryGetProperty("update", out JsonElement updated))
        {
            foreach (JsonProperty table in updated.EnumerateObject())
            {
                foreach (JsonElement pair in table.Value.EnumerateArray())
                {
                    _feeds[table.Name].Change(pair[0], -1);
                    _feeds[table.Name].Change(pair[1], 1);
                }
            }
        }

        if (step.TryGetProperty("insert", out JsonElement inserted))
            Feed(inserted, 1);
        Watermarks(step);
    }

    /// <summary>The watermarks that a step says, and those that its rows brought.</summary>
    private void Watermarks(JsonElement step)
    {
        bool isSaid = step.TryGetProperty("watermark", out JsonElement said);
        foreach ((string name, TableFeed feed) in _feeds)
            feed.Advance(isSaid && said.TryGetProperty(name, out JsonElement at) ? at.GetString() : null);
    }

    private void Feed(JsonElement tables, int weight)
    {
        foreach (JsonProperty table in tables.EnumerateObject())
        {
            foreach (JsonElement row in table.Value.EnumerateArray())
                _feeds[table.Name].Change(row, weight);
        }
    }

    /// <summary>Names of pattern variables are the same in capitals and small letters.</summary>
    private StringComparer Same => test.GetProperty("features").EnumerateArray().Any(static one => one.GetString() == "matchRecognize")
        ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private string? Compare(JsonElement step, IEnumerable<string> rows, string separator)
    {
        string[] expected = [.. step.GetProperty("expect").EnumerateArray().Select(row => Expected(row, separator)).Order(Same)];
        string[] actual = [.. rows.Order(Same)];
        return expected.SequenceEqual(actual, Same) ? null
            : $"expected\n  {string.Join("\n  ", expected)}\nbut got\n  {string.Join("\n  ", actual)}";
    }

    /// <summary>A row as the engine's rows are written; a number in a text that reads as one is a number.</summary>
    private static string Expected(JsonElement row, string separator)
    {
        string[] values = [.. row.EnumerateArray().Select(Text)];
        return separator.Length == 0 ? string.Join(" | ", values) : values[0] + separator + string.Join(" | ", values.Skip(1));
    }

    private static string Text(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number)
            return QueryContent.Text(NumericText.Parse(value.GetRawText()));
        if (value.ValueKind != JsonValueKind.String)
            return value.ValueKind == JsonValueKind.Null ? "NULL" : value.GetRawText();
        string text = value.GetString()!;
        if (text.Length > 9 && text[4] == '-' && text[7] == '-')
            return text.Length == 10 ? text : text.EndsWith('Z') ? DateTimeReader.ReadTimestampTz(text).ToString()
                : DateTimeReader.ReadTimestamp(text).ToString();
        if (text.StartsWith('P') && text.Length > 2 && text.Any(char.IsAsciiDigit))
            return IntervalText.Parse(text).ToString();
        return text.Length > 0 && text.All(static one => char.IsAsciiDigit(one) || one is '.' or '-') && text.Any(char.IsAsciiDigit)
            ? QueryContent.Text(NumericText.Parse(text)) : text;
    }

    private static IEnumerable<JsonElement> Texts(JsonElement? from, string name) =>
        from is { } element && element.TryGetProperty(name, out JsonElement texts) ? texts.EnumerateArray() : [];
}
