using System.Runtime.CompilerServices;
using ActorStreams.Authoring;

namespace ActorStreams.Core.Tests.Codecs;

/// <summary>Bytes and schemas in the repository: what this version writes, later ones must read.</summary>
/// <remarks>
/// <c>ACTORSTREAMS_WRITE_GOLDEN=1 dotnet test tests/Core</c> writes the files that are missing, never one that is there: stored data does
/// not change after the fact. A change of format that fails here needs a new format beside the old one.
/// </remarks>
public sealed class GoldenFiles
{
    [Fact]
    public void Scalars() =>
        Check("scalars",
        (Sample.Everything.Decimal, Sample.Everything.Date, Sample.Everything.Offset, Sample.Everything.Hour, Sample.Everything.Guid, true,
        'a', 1, 2L, 3.5, "text"));

    [Fact]
    public void An_order() => Check("order", Sample.Order);

    [Fact]
    public void Every_kind_of_field() => Check("everything", Sample.Everything);

    [Fact]
    public void Cases() =>
        Check("payments",
        new List<Payment?> { new Card("1", new DateOnly(2030, 1, 1)), new Cash(), null, new Voucher(Guid.Empty, new Cash()) });

    [Fact]
    public void A_tree() => Check("tree", new Tree(1, new Tree(2, null, null), new Tree(3, null, new Tree(4, null, null))));

    [Fact]
    public void A_struct() => Check("reading", new Reading(1, -0.0, long.MinValue));

    [Fact]
    public void The_first_version_of_a_type_is_read_as_the_second()
    {
        (byte[] bytes, Schema schema) = Check("account-v1", Version1.Sample);

        Version2.Account read = Codecs.Read(bytes, RecordCodec.Of<Version2.Account>().ReaderOf(schema));

        Assert.Equal(("alice", 12L, "EUR", null), (read.Owner, read.Balance, read.Currency, read.Limit));
        Assert.Equal([new Version2.Deposited(12, "unknown"), new Version2.Closed()], read.Events);
    }

    private static (byte[] Bytes, Schema Schema) Check<T>(string name, T value)
    {
        string stem = Path.Combine(Folder(), name);
        if (Environment.GetEnvironmentVariable("ACTORSTREAMS_WRITE_GOLDEN") is "1" && !File.Exists(stem + ".golden"))
        {
            Directory.CreateDirectory(Folder());
            File.WriteAllBytes(stem + ".golden", Codecs.Bytes(value));
            File.WriteAllText(stem + ".schema.txt", RecordCodec.Of<T>().Schema.Text);
        }

        byte[] bytes = File.ReadAllBytes(stem + ".golden");
        var schema = new Schema(File.ReadAllText(stem + ".schema.txt"));
        Assert.Equal(schema.Text, RecordCodec.Of<T>().Schema.Text);
        Assert.Equal(bytes, Codecs.Bytes(value));
        Assert.Equal(bytes, Codecs.Bytes(Codecs.Read<T>(bytes)));
        return (bytes, schema);
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "Golden");
}

/// <summary>An account as it was first stored.</summary>
internal static class Version1
{
    public static readonly Account Sample = new("alice", 12, [new Added(12), new Closed()], "forgotten");

    public sealed record Account(string Name, int Balance, List<Event> Events, string Note);

    [StoredCases(typeof(Added), typeof(Closed))]
    public abstract record Event;

    public sealed record Added(int Amount) : Event;

    public sealed record Closed : Event;
}

/// <summary>An account as it is now.</summary>
internal static class Version2
{
    public sealed record Account(IReadOnlyList<Event> Events, long Balance, [FormerName("Name")] string Owner, string Currency = "EUR",
        decimal? Limit = null);

    [StoredCases(typeof(Closed), typeof(Frozen), typeof(Deposited))]
    public abstract record Event;

    [FormerName("Added")]
    public sealed record Deposited(long Amount, string By = "unknown") : Event;

    public sealed record Closed : Event;

    public sealed record Frozen(DateTimeOffset Until) : Event;
}
