using System.Collections.Concurrent;
using System.Globalization;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>Time zones by name, abbreviation or offset. The zone of every session is UTC.</summary>
internal static class TimeZones
{
    private const int MaxHours = 15;
    private static readonly ConcurrentDictionary<string, TimeZoneInfo?> s_zones = new(StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, int> s_abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        ["utc"] = 0,
        ["gmt"] = 0,
        ["z"] = 0,
        ["zulu"] = 0,
        ["est"] = -5,
        ["edt"] = -4,
        ["cst"] = -6,
        ["cdt"] = -5,
        ["mst"] = -7,
        ["mdt"] =
            -6,
        ["pst"] = -8,
        ["pdt"] = -7,
        ["cet"] = 1,
        ["cest"] = 2,
        ["eet"] = 2,
        ["eest"] = 3,
        ["wet"] = 0,
        ["west"] = 1,
        ["bst"] =
            1,
        ["msk"] = 3,
        ["jst"] = 9,
    };

    public static bool Exists(string name) => Find(name) is not null;

    /// <summary>Where an offset is a name of a zone, it counts west of Greenwich, as POSIX has it.</summary>
    public static string Posix(string zone) => zone.Length > 1 && zone[0] is '+' or '-' ? (zone[0] == '+' ? '-' : '+') + zone[1..] : zone;

    /// <summary>The instant at which clocks in the zone show a time; the later of two, the one before a gap by its offset.</summary>
    /// <exception cref="SqlFault">There is no such zone (22023).</exception>
    public static TimestampTz ToUtc(Timestamp local, string zone)
    {
        if (!local.IsFinite)
            return new TimestampTz(local.Micros);
        TimeZoneInfo known = Require(zone);
        TimeSpan offset = known.BaseUtcOffset;
        if (DateTimeOf(local.Micros) is { } time)
        {
            offset = known.IsInvalidTime(time) ? known.GetUtcOffset(time.AddHours(-1)) : known.GetUtcOffset(time);
        }

        return TimestampTz.OfUtc(Timestamp.Checked((Int128)local.Micros - offset.Ticks / TimeSpan.TicksPerMicrosecond));
    }

    /// <summary>What clocks in the zone show at an instant.</summary>
    /// <exception cref="SqlFault">There is no such zone (22023).</exception>
    public static Timestamp ToLocal(TimestampTz instant, string zone)
    {
        if (!instant.IsFinite)
            return new Timestamp(instant.Micros);
        TimeZoneInfo known = Require(zone);
        TimeSpan offset = DateTimeOf(instant.Micros) is { } time ? known.GetUtcOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc))
            : known.BaseUtcOffset;
        return Timestamp.Checked((Int128)instant.Micros + offset.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    private static DateTime? DateTimeOf(long micros)
    {
        Int128 ticks = (Int128)micros * TimeSpan.TicksPerMicrosecond + DateTime.UnixEpoch.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTime((long)ticks) : null;
    }

    private static TimeZoneInfo Require(string name) =>
        Find(name) ?? throw new SqlFault(SqlState.InvalidParameterValue, $"time zone \"{name}\" not recognized");

    private static TimeZoneInfo? Find(string name) => s_zones.GetOrAdd(name, static name =>
    {
        if (s_abbreviations.TryGetValue(name, out int hours))
            return Fixed(TimeSpan.FromHours(hours));
        if (name.Length > 1 && name[0] is '+' or '-')
            return OffsetOf(name);
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone) ? zone : null;
    });

    /// <summary>+hh, +hhmm or +hh:mm, east of Greenwich.</summary>
    private static TimeZoneInfo? OffsetOf(string name)
    {
        string[] parts = name[1..].Split(':');
        if (parts.Length == 1 && parts[0].Length is 3 or 4)
            parts = [parts[0][..^2], parts[0][^2..]];
        int[] numbers = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : -1)];
        if (numbers.Length > 3 || numbers.Any(number => number < 0) || numbers[0] > MaxHours || numbers.Skip(1).Any(number => number > 59))
            return null;
        var offset = new TimeSpan(numbers[0], numbers.ElementAtOrDefault(1), 0);
        return offset > TimeSpan.FromHours(14) ? null : Fixed(name[0] == '-' ? -offset : offset);
    }

    private static TimeZoneInfo Fixed(TimeSpan offset) => TimeZoneInfo.CreateCustomTimeZone($"UTC{offset}", offset, null, null);
}
