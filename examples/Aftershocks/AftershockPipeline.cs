using ActorStreams;

namespace Aftershocks;

/// <summary>A strong quake followed by at least three weaker ones within 50 km of it and a day, as far as it is known.</summary>
/// <param name="Strong">The strong quake.</param>
/// <param name="Aftershocks">How many weaker ones followed, at least three.</param>
/// <param name="Strongest">The magnitude of the strongest of them.</param>
/// <param name="Last">When the last of them was.</param>
internal sealed record Sequence(Quake Strong, int Aftershocks, double Strongest, DateTimeOffset Last)
{
    /// <summary>Of those known at one moment: by strong quake, a sequence before what it grows to.</summary>
    public static IComparer<Sequence> Order { get; } = Comparer<Sequence>.Create((a, b) =>
        string.CompareOrdinal(a.Strong.Id, b.Strong.Id) is not 0 and int byQuake ? byQuake : a.Aftershocks.CompareTo(b.Aftershocks));
}

/// <summary>Finds the aftershock sequences: each is known with its third aftershock, and replaced as it grows.</summary>
internal static class AftershockPipeline
{
    public const string Name = "aftershocks";
    public const string Source = "quakes";
    public const string Sequences = "sequences";
    public const string Table = "aftershocks";

    /// <summary>The least magnitude of a strong quake.</summary>
    public const double StrongMagnitude = 4.5;

    /// <summary>How far an aftershock is at most from the strong quake.</summary>
    public const double ReachKm = 50;

    /// <summary>How many weaker quakes make a sequence.</summary>
    public const int FewestAftershocks = 3;

    /// <summary>An aftershock comes less than this after the strong quake.</summary>
    public static readonly TimeSpan WithinDay = TimeSpan.FromDays(1);

    public static Pipeline Build(string input, TimeSpan outOfOrderness)
    {
        var strong = Pattern.Begin<RegionalQuake>("strong", quake => quake is { IsHome: true, Quake.Magnitude: >= StrongMagnitude });
        var weaker = strong.FollowedBy("weaker").Where((quake, soFar) => IsAftershock(quake, soFar[strong].Last))
            .TimesOrMore(FewestAftershocks).Within(WithinDay);

        var pipeline = Pipeline.Create(Name);
        Stream<Sequence> sequences = pipeline.Read(Source, Csv.File<Quake>(input), ErrorPolicy.Skip)
            .WithEventTime(quake => quake.Time, Watermarks.BoundedOutOfOrderness(outOfOrderness))
            .Filter(quake => quake.Magnitude is not null)           // of unknown strength: neither strong nor weaker
            .FlatMap(InRegions)
            .KeyBy(quake => quake.Region)
            .Match(Sequences, weaker).Select(match => new Sequence(
                match[strong].First.Quake, match[weaker].Count, match[weaker].Max(quake => quake.Quake.Magnitude!.Value),
                    match[weaker].Last.Quake.Time))
            .OrderByEventTime("in-order", Sequence.Order);
        sequences.Write("table", Sinks.Table<Sequence>(Table, table => table
            .Key("id", one => one.Strong.Id)
            .Column("time", one => one.Strong.Time)
            .Column("magnitude", one => one.Strong.Magnitude)
            .Column("place", one => one.Strong.Place)
            .Column("aftershocks", one => one.Aftershocks)
            .Column("strongest", one => one.Strongest)
            .Column("last", one => one.Last)));
        return pipeline;
    }

    private static IEnumerable<RegionalQuake> InRegions(Quake quake)
    {
        Region home = Region.HomeOf(quake);
        foreach (Region region in Region.Within(quake, ReachKm))
            yield return new RegionalQuake(region, region == home, quake);
    }

    private static bool IsAftershock(in RegionalQuake quake, in RegionalQuake strong) =>
        quake.Quake.Magnitude < strong.Quake.Magnitude && quake.Quake.KilometresTo(strong.Quake) <= ReachKm;
}
