using ActorStreams;

namespace Aftershocks;

/// <summary>An earthquake as the feed tells of it: the columns that the job needs.</summary>
/// <param name="Id">The feed's own, unique.</param>
/// <param name="Time">When the earth shook: the event time.</param>
/// <param name="Magnitude">Null if nobody has determined it yet.</param>
/// <param name="Place">In words.</param>
/// <param name="Latitude">Degrees, north positive.</param>
/// <param name="Longitude">Degrees, east positive.</param>
internal readonly record struct Quake(
    string Id, DateTimeOffset Time, [property: ColumnName("mag")] double? Magnitude, string Place, double Latitude, double Longitude)
{
    private const double EarthRadiusKm = 6371.0088;

    /// <summary>Along the surface of a sphere, by the haversine formula; depth does not count.</summary>
    public double KilometresTo(in Quake other)
    {
        double north = double.DegreesToRadians(other.Latitude - Latitude), east = double.DegreesToRadians(other.Longitude - Longitude);
        double h = Square(Math.Sin(north / 2)) +
            (Math.Cos(double.DegreesToRadians(Latitude)) * Math.Cos(double.DegreesToRadians(other.Latitude)) * Square(Math.Sin(east / 2)));
        return 2 * EarthRadiusKm * Math.Asin(Math.Min(1, Math.Sqrt(h)));
    }

    /// <summary>The angle, seen from the middle of the earth, of a distance on its surface.</summary>
    public static double DegreesOf(double kilometres) => double.RadiansToDegrees(kilometres / EarthRadiusKm);

    private static double Square(double value) => value * value;
}
