namespace ActorStreams.Conformance.Tests.Sql;

/// <summary>Streaming SQL as five engines' own tests establish it: every case, by its id, through the public API.</summary>
/// <remarks>Cases that cannot be run yet are listed in <c>not-yet.txt</c>, with the reason; one that passes is to be taken off the
/// list.</remarks>
public sealed class SqlCasesSpec
{
    private static readonly Dictionary<string, string> s_notYet = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "Sql", "not-yet.txt"))
        .Select(static line => line.Split(": ", 2))
            .ToDictionary(static parts => parts[0], static parts => parts[1], StringComparer.Ordinal);

    public static TheoryData<string> Cases => CaseFolder.Ids("sql");

    /// <summary>Of how many cases one is interrupted; all are with <c>ACTORSTREAMS_SQL_CRASHES=1</c>.</summary>
    private static int CrashesOneIn =>
        int.TryParse(Environment.GetEnvironmentVariable("ACTORSTREAMS_SQL_CRASHES"), out int said) && said > 0 ? said : 16;

    public static TheoryData<string> InterruptedCases =>
        [.. ((IEnumerable<object[]>)Cases).Select(static row => (string)row[0]).Where(static (_, at) => at % CrashesOneIn == 0)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_case_gives_what_it_must(string id)
    {
        await using var run = new SqlCaseRun(CaseFolder.Find("sql", id), [2], static _ => false);
        await ShouldPassAsync(id, run);
    }

    [Theory]
    [MemberData(nameof(InterruptedCases))]
    public async Task A_case_gives_the_same_when_the_process_dies_before_each_step(string id)
    {
        await using var run = new SqlCaseRun(CaseFolder.Find("sql", id), [1, 7, 2], static _ => true);
        await ShouldPassAsync(id, run);
    }

    private static async Task ShouldPassAsync(string id, SqlCaseRun run)
    {
        string? fault;
        try
        {
            fault = await run.RunAsync();
        }
        catch (ActorStreamsException error) when (s_notYet.ContainsKey(id))
        {
            fault = error.Message;
        }

        if (s_notYet.TryGetValue(id, out string? reason))
        {
            Assert.True(fault is not null, $"The case passes: take it off the list ({reason}).");
        }
        else
        {
            Assert.True(fault is null, fault);
        }
    }
}
