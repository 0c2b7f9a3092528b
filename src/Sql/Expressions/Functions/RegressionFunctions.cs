using ActorStreams.Operators.Stateless;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Aggregates of pairs of numbers: correlation, covariance, the line through them.</summary>
internal static class RegressionFunctions
{
    /// <summary>By its name in SQL; null where it is not defined, as of no pairs.</summary>
    public static double? Of<T>(SqlArray<T>? rows, RowFunction<T, Maybe<double>> y, RowFunction<T, Maybe<double>> x, string name)
    {
        (double Y, double X)[] pairs = [.. (rows?.Items ?? []).Select(row => (Y: y(row), X: x(row)))
            .Where(static pair => pair.Y.HasValue && pair.X.HasValue).Select(static pair => (pair.Y.Value, pair.X.Value))];
        int count = pairs.Length;
        if (count == 0 || (name == "covar_samp" && count == 1))
            return null;
        double meanY = pairs.Average(static pair => pair.Y), meanX = pairs.Average(static pair => pair.X);
        double yy = pairs.Sum(pair => (pair.Y - meanY) * (pair.Y - meanY)), xx = pairs.Sum(pair => (pair.X - meanX) * (pair.X - meanX));
        double xy = pairs.Sum(pair => (pair.X - meanX) * (pair.Y - meanY));
        return name switch
        {
            "covar_pop" => xy / count,
            "covar_samp" => xy / (count - 1),
            "corr" => xx == 0 || yy == 0 ? null : xy / Math.Sqrt(xx * yy),
            "regr_avgx" => meanX,
            "regr_avgy" => meanY,
            "regr_slope" => xx == 0 ? null : xy / xx,
            "regr_intercept" => xx == 0 ? null : meanY - (meanX * xy / xx),
            _ => xx == 0 ? null : yy == 0 ? 1 : xy * xy / (xx * yy),
        };
    }
}
