using ActorStreams.TestKit;

namespace ActorStreams.Conformance.Tests;

/// <summary>Every join case, through the public API.</summary>
public sealed class JoinCases
{
    /// <summary>The ids of the cases.</summary>
    public static TheoryData<string> Ids() => CaseFolder.Ids("joins");

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Joins(string id)
    {
        var spec = new JoinSpec(CaseFolder.Find("joins", id).Spec);
        await using var run = await JoinRun.StartAsync(spec);
        int number = 0;
        foreach (System.Text.Json.JsonElement step in CaseFolder.Find("joins", id).Json.GetProperty("steps").EnumerateArray())
            run.Take(step, ++number);
    }
}

/// <summary>A row of a case: its key and value, as the text of their JSON.</summary>
/// <param name="Key">The key, or null.</param>
/// <param name="Value">The value, or null.</param>
public readonly record struct CaseRow(string? Key, string? Value);

/// <summary>A row that a join has put out.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Left">Its left value.</param>
/// <param name="Right">Its right value.</param>
/// <param name="IsDelete">The result of the key is gone.</param>
public readonly record struct CaseResult(string? Key, string? Left, string? Right, bool IsDelete);

/// <summary>Builds the pipeline of a case.</summary>
internal static class JoinPipeline
{
    private static readonly TimeSpan Always = TimeSpan.FromDays(3650);

    public static void Build(Pipeline pipeline, JoinSpec spec, TestSource<CaseRow> lefts, TestSource<CaseRow> rights,
        TestSink<CaseResult> sink)
    {
        Stream<CaseRow> left = pipeline.Read("lefts", lefts);
        Stream<CaseRow> right = spec.IsSelf ? left : pipeline.Read("rights", rights);
        Stream<CaseResult> results = spec.Kind switch
        {
            "stream-stream" or "interval" => Shown(Keyed(Valued(left)).IntervalJoin("join", Keyed(Valued(right)), spec.Interval,
                spec.Type, new StreamJoinOptions { AllowedLateness = spec.AllowedLateness, RetainFor = Always })),
            "stream-table" when spec.IsRightVersioned =>
                Shown(Keyed(Valued(left)).AsOfJoin("join", Table(right, "right", spec.IsRightVersioned),
                spec.Type,
                new AsOfJoinOptions
                {
                    Waits = spec.AllowedLateness > TimeSpan.Zero,
                    AllowedLateness = JustBefore(spec.AllowedLateness),
                    RetainFor = Always,
                })),
            "stream-table" or "temporal-proctime" => Shown(Keyed(Valued(left)).Join("join", Table(right, "right", false), spec.Type)),
            "temporal-rowtime" => Shown(Keyed(left).AsOfJoin("join", Table(right, "right", false), spec.Type)),
            "table-table" =>
                Shown(Table(left, "left", spec.IsLeftVersioned).Join("join", Table(right, "right", spec.IsRightVersioned), spec.Type)),
            "table-table-fk" =>
                Shown(Table(left, "left", spec.IsLeftVersioned)
                .ForeignKeyJoin("join", Table(right, "right", spec.IsRightVersioned), ForeignKeyOf, spec.Type)),
            _ => throw new NotSupportedException($"Joins of kind '{spec.Kind}' are not known."),
        };
        results.Write("results", sink);
    }

    private static Stream<CaseRow> Valued(Stream<CaseRow> rows) => rows.Filter(static row => row.Value is not null);

    private static KeyedStream<string?, CaseRow> Keyed(Stream<CaseRow> rows) => rows.KeyBy(static row => row.Key);

    private static Table<string?, CaseRow> Table(Stream<CaseRow> rows, string name, bool isVersioned) => Keyed(rows).ToTable(name,
        new TableOptions<CaseRow> { IsDelete = static row => row.Value is null, IgnoreOlder = isVersioned });

    private static string? ForeignKeyOf(CaseRow row)
    {
        string reference = System.Text.Json.JsonDocument.Parse(row.Value!).RootElement.GetString()!.Split('|')[1];
        return reference == "returnNull" ? null : $"\"{reference}\"";
    }

    /// <summary>The case lets a row go at a time, the join once the watermark is past it.</summary>
    private static TimeSpan JustBefore(TimeSpan lateness) => lateness > TimeSpan.Zero ? lateness - TimeSpan.FromMicroseconds(1) : lateness;

    private static Stream<CaseResult> Shown(Stream<Joined<CaseRow, CaseRow>> joined) =>
        joined.Map(static pair => new CaseResult(pair.HasLeft ? pair.Left.Key : pair.Right.Key, pair.Left.Value, pair.Right.Value, false));

    private static Stream<CaseResult> Shown(Table<string?, Joined<CaseRow, CaseRow>> table) =>
        table.ToStream()
            .Map(static change => new CaseResult(change.Key, change.After.Left.Value, change.After.Right.Value, !change.HasAfter));
}
