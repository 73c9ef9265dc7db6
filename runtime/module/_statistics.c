// The module _statistics: the quantile function of the normal distribution.
#include "runtime/object/float.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"

#include <math.h>

// factor * P(x) / Q(x), coefficients from the highest power down.
static double quotient(const double (*coefficients)[8], double x, double factor) {
  double upper = 0, lower = 0;
  for (int i = 0; i < 8; i++) {
    upper = upper * x + coefficients[0][i];
    lower = lower * x + coefficients[1][i];
  }
  return upper * factor / lower;
}

// Wichura's algorithm AS 241 (1988), good to about 16 digits: one quotient for the middle, two for the tails.
static const double middle[2][8] = {
    {2.50908092873012267e+3, 3.34305755835881281e+4, 6.72657709270087009e+4, 4.59219539315498715e+4,
     1.37316937655094611e+4, 1.97159095030655144e+3, 1.33141667891784377e+2, 3.38713287279636661e+0},
    {5.22649527885285456e+3, 2.87290857357219427e+4, 3.93078958000927106e+4, 2.12137943015865959e+4,
     5.39419602142475111e+3, 6.87187007492057908e+2, 4.23133307016009113e+1, 1.0}};
static const double tail[2][8] = {
    {7.74545014278341407e-4, 2.27238449892691846e-2, 2.41780725177450612e-1, 1.27045825245236838e+0,
     3.64784832476320461e+0, 5.76949722146069141e+0, 4.63033784615654529e+0, 1.42343711074968358e+0},
    {1.05075007164441684e-9, 5.47593808499534494e-4, 1.51986665636164572e-2, 1.48103976427480074e-1,
     6.89767334985100004e-1, 1.67638483018380385e+0, 2.05319162663775882e+0, 1.0}};
static const double far_tail[2][8] = {
    {2.01033439929228813e-7, 2.71155556874348757e-5, 1.24266094738807844e-3, 2.65321895265761230e-2,
     2.96560571828504891e-1, 1.78482653991729133e+0, 5.46378491116411437e+0, 6.65790464350110378e+0},
    {2.04426310338993979e-15, 1.42151175831644589e-7, 1.84631831751005468e-5, 7.86869131145613259e-4,
     1.48753612908506149e-2, 1.36929880922735805e-1, 5.99832206555887938e-1, 1.0}};

static Value statistics_normal_dist_inv_cdf(Value p_value, Value mu_value, Value sigma_value) {
  double p, mu, sigma;
  if (!value_as_double(p_value, &p) || !value_as_double(mu_value, &mu) || !value_as_double(sigma_value, &sigma))
    return NULL;
  double q = p - 0.5, x;
  if (fabs(q) <= 0.425) {
    x = quotient(middle, 0.180625 - q * q, q);
  } else {
    double r = q <= 0 ? p : 1 - p;
    if (r <= 0 || r >= 1) return raise_value_error("inv_cdf undefined for these parameters");
    r = sqrt(-log(r));
    x = r <= 5 ? quotient(tail, r - 1.6, 1) : quotient(far_tail, r - 5, 1);
    if (q < 0) x = -x;
  }
  return float_from_double(mu + x * sigma);
}

static const NativeMethod statistics_functions[] = {NATIVE("_normal_dist_inv_cdf", statistics_normal_dist_inv_cdf,
                                                           "(p, mu, sigma, /)",
                                                           "Where the distribution function is p."),
                                                    {}};
const NativeModule statistics_module = {"_statistics", "Accelerates statistics.", statistics_functions, NULL};
