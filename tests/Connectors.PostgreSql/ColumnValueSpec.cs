using System.Text;
using ActorStreams.Authoring;
using ActorStreams.Connectors.PostgreSql.Capture.Runtime;
using ActorStreams.Connectors.PostgreSql.Upserts.Runtime;


namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>A value comes as it is in the database, or not at all.</summary>
public sealed class ColumnValueSpec
{
    [Theory]
    [Trait("Issue", "A4")]
    [InlineData("36:00:00", "1.12:00:00")]
    [InlineData("00:00:00", "00:00:00")]
    [InlineData("1 day 02:03:04", "1.02:03:04")]
    [InlineData("-1 days +02:03:04", "-21:56:56")]
    [InlineData("-1 days -02:03:04.5", "-1.02:03:04.5")]
    [InlineData("24:00:00", "1.00:00:00")]
    [InlineData("-00:00:00.000001", "-00:00:00.000001")]
    [InlineData("10 days", "10.00:00:00")]
    [InlineData("1000:59:59.25", "41.16:59:59.25")]
    public void Intervals_of_days_and_hours_are_times(string printed, string expected) =>
        Assert.Equal(TimeSpan.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), Parse<TimeSpan>(printed));

    [Theory]
    [Trait("Issue", "A4")]
    [InlineData("1 mon")]
    [InlineData("1 year 2 mons 3 days 04:05:06")]
    [InlineData("-1 mons +10 days")]
    [InlineData("20000000 days")]
    [InlineData("300000000:00:00")]
    [InlineData("infinity")]
    [InlineData("1:2:3")]
    [InlineData("36 hours")]
    [InlineData("")]
    [InlineData("12")]
    public void Other_intervals_are_none(string printed) =>
        Assert.Contains($"'{printed}', which is not a TimeSpan: months and years",
            Assert.Throws<FormatException>(() => Parse<TimeSpan>(printed)).Message, StringComparison.Ordinal);

    [Theory]
    [Trait("Issue", "A13")]
    [InlineData("12345678901234567890123456789012345")]
    [InlineData("0.12345678901234567890123456789012345")]
    [InlineData("7.92281625142643375935439503351")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e-30")]
    public void Decimals_do_not_round(string printed) => Assert.Throws<FormatException>(() => Parse<decimal>(printed));

    [Fact]
    [Trait("Issue", "A13")]
    public void Numbers_that_do_not_fit_are_refused()
    {
        Assert.Equal(0.1234567890123456789012345678m, Parse<decimal>("0.12345678901234567890123456780000000"));
        Assert.Equal(79228162514264337593543950335m, Parse<decimal>("79228162514264337593543950335"));
        foreach (string printed in new[] { "1e400", "-1e400", "1e-400", "9007199254740993", "12345678901234567890123456789012345" })
            Assert.Throws<FormatException>(() => Parse<double>(printed));
        foreach (string printed in new[] { "1e300", "1e-60", "16777217", "0.3333333333333333" })
            Assert.Throws<FormatException>(() => Parse<float>(printed));
        Assert.Throws<FormatException>(() => Parse<int>("2147483648"));
        Assert.Throws<FormatException>(() => Parse<long>("9223372036854775808"));
        Assert.Throws<FormatException>(() => Parse<int>("1.5"));
        Assert.Throws<FormatException>(() => Parse<byte>("256"));
        Assert.Throws<FormatException>(() => Parse<uint>("-1"));
        Assert.Contains("more digits than one holds", Assert.Throws<FormatException>(() => Parse<double?>("1e400")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Issue", "A12")]
    [InlineData("1")]
    [InlineData("monday,tuesday")]
    [InlineData(" 7")]
    [InlineData("-1")]
    [InlineData("someday")]
    public void Texts_that_are_no_member_are_no_enum(string printed) => Assert.Throws<FormatException>(() => Parse<DayOfWeek>(printed));

    public sealed record Values(int Id, TimeSpan? Span, decimal? Price, double? Real, float? Single);

    /// <summary>The same through a server, a snapshot and a stream, whatever style of intervals is set up there.</summary>
    [Fact]
    [Trait("Issue", "A4")]
    [Trait("Issue", "A13")]
    public async Task Rows_with_values_that_do_not_fit_go_to_the_error_policy_and_all_others_come_as_they_are()
    {
        using var database = new TestDatabase();
        database.Execute("""
            CREATE TABLE entries (id int PRIMARY KEY, span interval, price numeric, real double precision, single double precision);
            CREATE TABLE target (id int PRIMARY KEY, price numeric(5, 2))
            """);
        foreach (string style in new[] { "sql_standard", "iso_8601", "postgres_verbose" })
        {
            database.Execute($"ALTER DATABASE {database.Name} SET intervalstyle = {style}");
            if (style == "sql_standard")
                database.Execute(Inserts(0));
        }

        await using Store store = Store.InMemory();
        var pipeline = Pipeline.Create("values");
        pipeline.Read("rows", PostgreSqlTable.Upserts<int, Values>(database.ConnectionString, "entries"), ErrorPolicy.Skip).ToTable("table")
            .Materialize("view");
        await using Job job = await CaptureRun.StartAsync(pipeline, store);
        await job.ShouldShowAsync<int, Values>(Text, () => Expected(0));
        database.Execute(Inserts(100));
        await job.ShouldShowAsync<int, Values>(Text, () => [.. Expected(0), .. Expected(100)]);
        Assert.Equal(10, job.Metrics.Sources["rows"].Rejected);

        static string Inserts(int from) => $"""
            INSERT INTO entries (id, span) VALUES
                ({from + 1}, '36 hours'), ({from + 2}, '-1 day +02:03:04'), ({from + 3}, '1 month'), ({from + 4}, '1 day -1 second');
            INSERT INTO entries (id, price) VALUES
                ({from + 11}, 12345678901234567890123456789012345), ({from + 12}, 1.25), ({from + 13}, 'NaN');
            INSERT INTO entries (id, real, single) VALUES
                ({from + 21}, 1e300, 1e300), ({from + 22}, 0.1, 0.25),
                ({from + 23}, 'Infinity', '-Infinity'), ({from + 24}, 1, 0.123456789012);
            INSERT INTO entries (id, real) SELECT {from + 25}, 12345678901234567890.123456
            """;

        static string[] Expected(int from) =>
        [
            $"{from + 1} 1.12:00:00", $"{from + 2} -21:56:56", $"{from + 4} 23:59:59", $"{from + 12} 1.25", $"{from + 22} 0.1 0.25",
                $"{from + 23} Infinity -Infinity", $"{from + 25} 1.2345678901234567E+19",
        ];

        static string Text(int id, Values row) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{id} {row.Span}{row.Price}{row.Real} {row.Single}").TrimEnd();
    }

    [Theory]
    [Trait("Issue", "A13")]
    [InlineData("1.25", "numeric(5,2)", true)]
    [InlineData("1.250", "numeric(5,2)", true)]
    [InlineData("1.239", "numeric(5,2)", false)]
    [InlineData("1000", "numeric(5,2)", false)]
    [InlineData("999.99", "numeric(5,2)", true)]
    [InlineData("1200", "numeric(3,-2)", true)]
    [InlineData("1250", "numeric(3,-2)", false)]
    [InlineData("1.5", "integer", false)]
    [InlineData("2", "bigint", true)]
    [InlineData("0.1", "real", true)]
    [InlineData("0.123456789012", "real", false)]
    [InlineData("9007199254740993", "double precision", false)]
    [InlineData("12345678901234567890.5", "numeric", true)]
    public void A_sink_does_not_round_a_decimal_to_fit_its_column(string value, string columnType, bool fits) =>
        Assert.Equal(fits, ColumnFit.Of<decimal>(columnType)?.Invoke(decimal.Parse(value,
            System.Globalization.CultureInfo.InvariantCulture)) ?? true);

    [Fact]
    [Trait("Issue", "A13")]
    public async Task A_row_that_a_column_would_round_is_refused_and_the_others_are_written()
    {
        using var database = new TestDatabase();
        database.Execute("CREATE TABLE target (id int PRIMARY KEY, price numeric(5, 2), real real)");
        await using Store store = Store.InMemory();
        var pipeline = Pipeline.Create("rounding");
        pipeline.Read("rows", Sources.Of(new[] { (1, 1.25m, 0.5), (2, 1.239m, 0.5), (3, 1m, 1e300), (4, 2.50m, 0.1) }))
            .KeyBy(row => row.Item1)
            .Write("out", PostgreSqlSink.Upsert<int, (int, decimal, double)>(database.ConnectionString, "target", t => t.Key("id", id => id)
                .Column("price", row => row.Item2).Column("real", row => row.Item3)));
        await using Job job = await CaptureRun.StartAsync(pipeline, store, CaptureRun.Quick with { Errors = ErrorPolicy.Skip });
        await job.Completion.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["1 1.25 0.5", "4 2.50 0.1"], database.Rows("SELECT id || ' ' || price || ' ' || real FROM target ORDER BY id"));
    }

    private static T Parse<T>(string printed) => ColumnText.Parse<T>(Encoding.UTF8.GetBytes(printed), "column");
}
