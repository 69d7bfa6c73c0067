(* Pools: every model is fitted to data sets with fixed weights and has their first two moments, whatever the workflow.

   The data come in batches 0, 1, 2, ...: batch j has n j observations and is drawn from the model fitted to the batches
   before it with the weights w j, or from the truth where the batch is real and the row w j is empty.

   about c h i    the mean squared deviation of batch i from c
   pool_mean h j, pool_variance h j    mean and variance of the pool with the weights w j
   normal_draws   maximum likelihood of location and scale: a law with the mean and variance of the pool
   mixture_draws  a mixture of any shape that is moved and scaled to the mean and variance of the pool
   em_step r s    the components after a step of expectation maximization with responsibilities r on the data s

   Assumes: a mean m and a variance v >= 0 of one observation, for every m and v; weights that sum to one; of a mixture,
     components that are not all at one point.
   Leaves out: families with infinitely many outcomes, the normal law among them.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra reals.
From Collapse Require Import Formulas Probability Workflows Mixing ClosedForms Moments.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Models with the first two moments of a statistic f in their pool. *)
Section Matching.
Variables (R : realType) (A : Type) (f : A -> R) (truth variance : R) (n : nat -> nat) (w : nat -> nat -> R).
Variable draws : seq (seq A) -> nat -> law R A.
Variable real : pred nat.
Implicit Types (h : seq (seq A)) (i j s : nat).

Definition pooled (g : A -> R) h j : R := \sum_(0 <= i < j) w j i * average g (nth [::] h i).

Let square (x : A) : R := f x ^+ 2.

Hypothesis n_gt0 : forall j, (0 < n j)%N.
Hypothesis w_real : forall j i, real j -> w j i = 0.
Hypothesis w_total : forall j, ~~ real j -> \sum_(0 <= i < j) w j i = 1.
Hypothesis real_mean : forall h j, real j -> E (draws h j) f = truth.
Hypothesis real_square : forall h j, real j -> E (draws h j) square = truth ^+ 2 + variance.
Hypothesis matched_mean : forall j, ~~ real j -> surely (histories n draws j) (fun h => E (draws h j) f = pooled f h j).
Hypothesis matched_square : forall j, ~~ real j ->
  surely (histories n draws j) (fun h => E (draws h j) square = pooled square h j).

Lemma pooled_mixture h j : ~~ real j -> truth + mixture f truth w h j = pooled f h j.
Proof.
move=> synthetic; rewrite /mixture (eq_bigr (fun i => w j i * average f (nth [::] h i) - w j i * truth)).
  by rewrite sumrB -mulr_suml w_total// mul1r addrC subrK.
by move=> i _; rewrite mulrBr.
Qed.

Lemma mixture_real h j : real j -> mixture f truth w h j = 0.
Proof. by move=> rj; rewrite /mixture big1// => i _; rewrite w_real// mul0r. Qed.

Lemma matching_mean j : surely (histories n draws j) (fun h => E (draws h j) f = truth + mixture f truth w h j).
Proof.
case: (boolP (real j)) => [rj|synthetic]; first by apply: surelyT => h; rewrite real_mean// mixture_real// addr0.
by apply: (surely_sub (matched_mean synthetic)) => h ->; rewrite pooled_mixture.
Qed.

(* The expected square of one observation is that of the truth, in every model and every batch. *)
Lemma expected_square j : E (histories n draws j) (fun h => E (draws h j) square) = truth ^+ 2 + variance.
Proof.
case: (boolP (real j)) => [rj|synthetic]; first by rewrite (E_eq (g := fun=> truth ^+ 2 + variance)) ?E_const// => h; rewrite real_square.
suff batch k i : (i < k)%N ->
    E (histories n draws k) (fun h => average square (nth [::] h i)) = truth ^+ 2 + variance.
  rewrite (E_surely (matched_square synthetic) (g := fun h => pooled square h j))// /pooled E_sum.
  rewrite -[RHS]mul1r -(w_total synthetic) mulr_suml; apply: eq_big_nat => i /andP[_ ij].
  by rewrite E_scale batch.
elim: k i {synthetic} => // k ih i; rewrite ltnS => ik; rewrite E_historiesS.
rewrite (E_surely (@histories_size _ _ n draws n_gt0 k) (g := fun h =>
   if (i < k)%N then average square (nth [::] h i) else E (draws h k) square)); last first.
  move=> h [hk _]; case: (ltnP i k) => [lt|ge].
    by rewrite (E_eq (g := fun=> average square (nth [::] h i))) ?E_const// => y; rewrite nth_rcons hk lt.
  have -> : i = k by apply/eqP; rewrite eqn_leq ik ge.
  rewrite -(E_average (draws h k) square (n_gt0 k)); apply: E_eq => y.
  by rewrite nth_rcons hk ltnn eqxx.
case: (ltnP i k) => [lt|_]; first exact: ih.
case: (boolP (real k)) => [rk|synthetic]; first by rewrite (E_eq (g := fun=> truth ^+ 2 + variance)) ?E_const// => h; rewrite real_square.
rewrite (E_surely (matched_square synthetic) (g := fun h => pooled square h k))// /pooled E_sum.
rewrite -[RHS]mul1r -(w_total synthetic) mulr_suml; apply: eq_big_nat => s /andP[_ sk].
by rewrite E_scale ih.
Qed.

(* What the mean has drifted the variance has lost. *)
Lemma matching_variance j :
  E (histories n draws j) (fun h => Var (draws h j) f) = variance + (-1) * squared_error f truth n w draws j.
Proof.
rewrite (E_surely (@matching_mean j) (g := fun h => E (draws h j) square -
   (truth ^+ 2 + (2 * truth * mixture f truth w h j + mixture f truth w h j ^+ 2)))); last first.
  by move=> h hm; rewrite Var_moments hm; ring.
rewrite E_sub expected_square E_add E_const E_add E_scale (mixture_unbiased n_gt0 matching_mean).
by rewrite -/(squared_error f truth n w draws j); ring.
Qed.

Lemma matching_error t :
  squared_error f truth n w draws t = mean_square_error (fun=> variance) (-1) (fun j => (n j)%:R) w t.
Proof. exact: (recurrence_is_error n_gt0 matching_mean (variance := fun=> variance) matching_variance). Qed.

(* The same for any statistic of the pool. *)
Lemma matching_pool t : ~~ real t ->
  E (histories n draws t) (fun h => (pooled f h t - truth) ^+ 2) =
  mean_square_error (fun=> variance) (-1) (fun j => (n j)%:R) w t.
Proof.
move=> synthetic; rewrite -matching_error; apply: E_eq => h.
by rewrite -pooled_mixture// addrAC subrr add0r.
Qed.

Lemma matching_pool_square t : ~~ real t ->
  E (histories n draws t) (fun h => pooled square h t) = truth ^+ 2 + variance.
Proof.
move=> synthetic; rewrite -(expected_square t); apply: (E_surely (matched_square synthetic)) => h; by [].
Qed.

End Matching.

Section Pools.
Variables (R : realType) (n : nat -> nat) (w : nat -> nat -> R).
Implicit Types (h : seq (seq R)) (c : R) (i j : nat).

Definition about c h i : R := average (fun x => (x - c) ^+ 2) (nth [::] h i).

Definition pool_mean h j : R := \sum_(0 <= i < j) w j i * average id (nth [::] h i).

Definition pool_variance h j : R := \sum_(0 <= i < j) w j i * about (pool_mean h j) h i.

Lemma average_ge0 (f : R -> R) s : (forall x, 0 <= f x) -> 0 <= average f s.
Proof. by move=> f0; rewrite /average /total divr_ge0// sumr_ge0. Qed.

Lemma pool_variance_ge0 h j : (forall i, 0 <= w j i) -> 0 <= pool_variance h j.
Proof. by move=> w0; rewrite sumr_ge0// => i _; rewrite mulr_ge0//; apply: average_ge0 => x; exact: sqr_ge0. Qed.

(* The second moment about a point does not see where the fitted mean is. *)
Lemma average_shift (s : seq R) c : (0 < size s)%N ->
  average (fun x => (x - c) ^+ 2) s = average (fun x => x ^+ 2) s - 2 * c * average id s + c ^+ 2.
Proof.
move=> s0; have k0 : (size s)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have tot : total (fun x => (x - c) ^+ 2) s =
    total (fun x => x ^+ 2) s - 2 * c * total id s + (size s)%:R * c ^+ 2.
  rewrite /total; elim: s {s0 k0} => [|x s ih] /=; first by rewrite !big_nil; ring.
  by rewrite !big_cons ih -natr1 /=; ring.
by rewrite /average tot; field.
Qed.

Lemma pool_moments h j : (forall i, (i < j)%N -> (0 < size (nth [::] h i))%N) -> \sum_(0 <= i < j) w j i = 1 ->
  pool_variance h j + pool_mean h j ^+ 2 = \sum_(0 <= i < j) w j i * average (fun x => x ^+ 2) (nth [::] h i).
Proof.
move=> hs one; rewrite /pool_variance; set m := pool_mean h j.
rewrite (eq_big_nat _ _ (F2 := fun i => w j i * average (fun x => x ^+ 2) (nth [::] h i) +
   ((- 2 * m) * (w j i * average id (nth [::] h i)) + m ^+ 2 * w j i))).
  by rewrite !big_split /= -!mulr_sumr one -/(pool_mean h j) -/m; ring.
by move=> i /andP[_ ij]; rewrite /about (average_shift m (hs i ij)); ring.
Qed.

End Pools.

(* Models with the mean and the variance of their pool. *)
Section Conserved.
Variables (R : realType) (truth variance : R) (n : nat -> nat) (w : nat -> nat -> R).
Variable draws : seq (seq R) -> nat -> law R R.
Variable real : pred nat.
Hypothesis n_gt0 : forall j, (0 < n j)%N.
Hypothesis w_real : forall j i, real j -> w j i = 0.
Hypothesis w_total : forall j, ~~ real j -> \sum_(0 <= i < j) w j i = 1.
Hypothesis real_mean : forall h j, real j -> E (draws h j) id = truth.
Hypothesis real_variance : forall h j, real j -> Var (draws h j) id = variance.
Hypothesis fitted_mean : forall h j, ~~ real j -> E (draws h j) id = pool_mean w h j.
Hypothesis fitted_variance : forall h j, ~~ real j -> Var (draws h j) id = pool_variance w h j.

Let square_of h j : E (draws h j) (fun x => x ^+ 2) = Var (draws h j) id + E (draws h j) id ^+ 2.
Proof. by rewrite Var_moments subrK. Qed.

Let real_square h j : real j -> E (draws h j) (fun x => id x ^+ 2) = truth ^+ 2 + variance.
Proof. by move=> rj; rewrite square_of real_variance// real_mean// addrC. Qed.

Let matched_mean j : ~~ real j -> surely (histories n draws j) (fun h => E (draws h j) id = pooled w id h j).
Proof. by move=> synthetic; apply: surelyT => h; exact: fitted_mean. Qed.

Let matched_square j : ~~ real j ->
  surely (histories n draws j) (fun h => E (draws h j) (fun x => id x ^+ 2) = pooled w (fun x => id x ^+ 2) h j).
Proof.
move=> synthetic; apply: (surely_sub (@histories_size _ _ n draws n_gt0 j)) => h [_ hs].
by rewrite square_of fitted_variance// fitted_mean// pool_moments// w_total.
Qed.

Lemma conserved_mean_error t : ~~ real t ->
  E (histories n draws t) (fun h => (pool_mean w h t - truth) ^+ 2) =
  mean_square_error (fun=> variance) (-1) (fun j => (n j)%:R) w t.
Proof. exact: (matching_pool n_gt0 w_real w_total real_mean real_square matched_mean matched_square). Qed.

Lemma conserved_second_moment t : ~~ real t ->
  E (histories n draws t) (fun h => pool_variance w h t + (pool_mean w h t - truth) ^+ 2) = variance.
Proof.
move=> synthetic.
have mean_kept : E (histories n draws t) (fun h => pool_mean w h t) = truth.
  have mm := matching_mean w_real w_total real_mean matched_mean.
  rewrite -[RHS]addr0 -(mixture_unbiased n_gt0 mm t) -[X in X + _](E_const (histories n draws t)) -E_add.
  by apply: E_eq => h; rewrite (@pooled_mixture _ _ id truth w real w_total h t synthetic).
rewrite (E_surely (@histories_size _ _ n draws n_gt0 t) (g := fun h =>
   pooled w (fun x => id x ^+ 2) h t + ((- 2 * truth) * pool_mean w h t + truth ^+ 2))).
  rewrite E_add E_add E_scale E_const mean_kept.
  rewrite (matching_pool_square n_gt0 w_total real_square matched_square synthetic); ring.
move=> h [_ hs]; rewrite -[pooled _ _ _ _](pool_moments hs (w_total synthetic)); ring.
Qed.

Lemma conserved_variance t : ~~ real t ->
  E (histories n draws t) (fun h => pool_variance w h t) =
  variance - mean_square_error (fun=> variance) (-1) (fun j => (n j)%:R) w t.
Proof.
move=> synthetic; rewrite -(conserved_mean_error synthetic) -(conserved_second_moment synthetic) -E_sub.
by apply: E_eq => h; rewrite addrK.
Qed.

End Conserved.

Section Normal.
Variables (R : realType) (F : scale_family R) (mean variance : R) (n : nat -> nat) (w : nat -> nat -> R).
Variable real : pred nat.
Hypothesis variance_ge0 : 0 <= variance.
Hypothesis n_gt0 : forall j, (0 < n j)%N.
Hypothesis w_ge0 : forall j i, 0 <= w j i.
(* A batch is real, and has no weights, or synthetic, and has weights that sum to one. *)
Hypothesis w_real : forall j i, real j -> w j i = 0.
Hypothesis w_total : forall j, ~~ real j -> \sum_(0 <= i < j) w j i = 1.

Definition normal_draws (h : seq (seq R)) j : law R R :=
  if real j then one F mean variance else one F (pool_mean w h j) (pool_variance w h j).

Let real_mean h j : real j -> E (normal_draws h j) id = mean.
Proof. by rewrite /normal_draws => ->; rewrite one_mean. Qed.

Let real_variance h j : real j -> Var (normal_draws h j) id = variance.
Proof. by rewrite /normal_draws => ->; rewrite one_variance. Qed.

Let fitted_mean h j : ~~ real j -> E (normal_draws h j) id = pool_mean w h j.
Proof. by rewrite /normal_draws => /negbTE ->; rewrite one_mean// pool_variance_ge0. Qed.

Let fitted_variance h j : ~~ real j -> Var (normal_draws h j) id = pool_variance w h j.
Proof. by rewrite /normal_draws => /negbTE ->; rewrite one_variance// pool_variance_ge0. Qed.

Local Notation run t := (histories n normal_draws t).

(* Pooled maximum likelihood conserves the second moment about the true mean, in every workflow. *)
Theorem location_scale_any_second_moment_correct t : ~~ real t ->
  E (run t) (fun h => pool_variance w h t + (pool_mean w h t - mean) ^+ 2) =
  location_scale_any_second_moment t variance.
Proof.
move=> synthetic; rewrite /location_scale_any_second_moment mul0r addr0.
exact: (conserved_second_moment n_gt0 w_real w_total real_mean real_variance fitted_mean fitted_variance).
Qed.

Theorem gaussian_any_second_moment_correct t : ~~ real t ->
  E (run t) (fun h => pool_variance w h t + (pool_mean w h t - mean) ^+ 2) =
  gaussian_any_second_moment t variance.
Proof. exact: location_scale_any_second_moment_correct. Qed.

(* The error of the mean follows the recurrence with v2 = -1. *)
Theorem location_scale_any_mean_error_correct t : ~~ real t ->
  E (run t) (fun h => (pool_mean w h t - mean) ^+ 2) =
  location_scale_any_mean_error (fun j => (n j)%:R) w t variance.
Proof.
exact: (conserved_mean_error n_gt0 w_real w_total real_mean real_variance fitted_mean fitted_variance).
Qed.

Theorem gaussian_any_mean_error_correct t : ~~ real t ->
  E (run t) (fun h => (pool_mean w h t - mean) ^+ 2) = gaussian_any_mean_error (fun j => (n j)%:R) w t variance.
Proof. exact: location_scale_any_mean_error_correct. Qed.

Theorem gaussian_any_variance_correct t : ~~ real t ->
  E (run t) (fun h => pool_variance w h t) = gaussian_any_variance (fun j => (n j)%:R) w t variance.
Proof. exact: (conserved_variance n_gt0 w_real w_total real_mean real_variance fitted_mean fitted_variance). Qed.

End Normal.

(* Mixtures: components (m, v) with mean m and variance v, drawn from a finite law. *)
Section Mixtures.
Variables (R : realType) (F : scale_family R).
Implicit Types (q : law R (R * R)) (c v : R).

Definition component_mean q : R := E q fst.

Definition mixture_variance q : R := E q snd + Var q fst.

Definition stretched q c v : law R (R * R) :=
  image (fun k => (c + Num.sqrt (v / mixture_variance q) * (k.1 - component_mean q), v / mixture_variance q * k.2)) q.

Definition mixture_law q : law R R := bind q (fun k => one F k.1 k.2).

Lemma mixture_law_mean q : surely q (fun k => 0 <= k.2) -> E (mixture_law q) id = component_mean q.
Proof. by move=> q0; rewrite E_bind; apply: (E_surely q0) => k; exact: one_mean. Qed.

Lemma mixture_law_variance q : surely q (fun k => 0 <= k.2) -> Var (mixture_law q) id = mixture_variance q.
Proof.
move=> q0; rewrite Var_moments (mixture_law_mean q0) E_bind.
rewrite (E_surely q0 (g := fun k => k.2 + k.1 ^+ 2)) => [|k k0].
  by rewrite E_add /mixture_variance Var_moments /component_mean; ring.
by apply/eqP; rewrite -subr_eq; apply/eqP; have := one_variance F k.1 k0; rewrite Var_moments one_mean.
Qed.

Lemma stretched_ge0 q c v : 0 <= v -> 0 < mixture_variance q -> surely q (fun k => 0 <= k.2) ->
  surely (stretched q c v) (fun k => 0 <= k.2).
Proof.
move=> v0 q0 k0; apply: surely_image; apply: (surely_sub k0) => k k2 /=.
by rewrite mulr_ge0// divr_ge0// ltW.
Qed.

Lemma stretched_mean q c v : component_mean (stretched q c v) = c.
Proof.
rewrite /component_mean E_image /= E_add E_const E_scale E_sub E_const -/(component_mean q); ring.
Qed.

Lemma stretched_variance q c v : 0 <= v -> 0 < mixture_variance q -> mixture_variance (stretched q c v) = v.
Proof.
move=> v0 q0; have r0 : 0 <= v / mixture_variance q by rewrite divr_ge0// ltW.
rewrite /mixture_variance /Var -/(component_mean (stretched q c v)) stretched_mean !E_image /=.
rewrite (E_eq (f := fun k => (c + _ - c) ^+ 2)
   (g := fun k => v / mixture_variance q * (k.1 - component_mean q) ^+ 2)); last first.
  by move=> k; rewrite addrAC subrr add0r exprMn sqr_sqrtr.
by rewrite !E_scale -mulrDr -/(Var q fst) -/(mixture_variance q) divfK// lt0r_neq0.
Qed.

Variables (truth : law R (R * R)) (n : nat -> nat) (w : nat -> nat -> R) (real : pred nat).
(* Whatever mixture expectation maximization ends with, before it is moved and scaled. *)
Variable shape : seq (seq R) -> nat -> law R (R * R).
Hypothesis truth_ge0 : surely truth (fun k => 0 <= k.2).
Hypothesis shape_ge0 : forall h j, surely (shape h j) (fun k => 0 <= k.2).
Hypothesis shape_spread : forall h j, 0 < mixture_variance (shape h j).
Hypothesis n_gt0 : forall j, (0 < n j)%N.
Hypothesis w_ge0 : forall j i, 0 <= w j i.
Hypothesis w_real : forall j i, real j -> w j i = 0.
Hypothesis w_total : forall j, ~~ real j -> \sum_(0 <= i < j) w j i = 1.

Definition components (h : seq (seq R)) j : law R (R * R) :=
  if real j then truth else stretched (shape h j) (pool_mean w h j) (pool_variance w h j).

Definition mixture_draws h j : law R R := mixture_law (components h j).

Let components_ge0 h j : surely (components h j) (fun k => 0 <= k.2).
Proof. by rewrite /components; case: ifP => // _; apply: stretched_ge0 => //; exact: pool_variance_ge0. Qed.

Let real_mean h j : real j -> E (mixture_draws h j) id = component_mean truth.
Proof. by move=> rj; rewrite mixture_law_mean// /components rj. Qed.

Let real_variance h j : real j -> Var (mixture_draws h j) id = mixture_variance truth.
Proof. by move=> rj; rewrite mixture_law_variance// /components rj. Qed.

Let fitted_mean h j : ~~ real j -> E (mixture_draws h j) id = pool_mean w h j.
Proof. by move=> /negbTE rj; rewrite mixture_law_mean// /components rj stretched_mean. Qed.

Let fitted_variance h j : ~~ real j -> Var (mixture_draws h j) id = pool_variance w h j.
Proof.
by move=> /negbTE rj; rewrite mixture_law_variance// /components rj stretched_variance// pool_variance_ge0.
Qed.

Local Notation run t := (histories n mixture_draws t).
Local Notation model_mean t h := (component_mean (components h t)).
Local Notation model_variance t h := (mixture_variance (components h t)).

Theorem gaussian_mixture_any_mean_error_correct t : ~~ real t ->
  E (run t) (fun h => (model_mean t h - component_mean truth) ^+ 2) =
  gaussian_mixture_any_mean_error (fun j => (n j)%:R) w t (mixture_variance truth).
Proof.
move=> synthetic; rewrite /gaussian_mixture_any_mean_error.
rewrite -(conserved_mean_error n_gt0 w_real w_total real_mean real_variance fitted_mean fitted_variance synthetic).
by apply: E_eq => h; rewrite /components (negbTE synthetic) stretched_mean.
Qed.

Theorem gaussian_mixture_any_second_moment_correct t : ~~ real t ->
  E (run t) (fun h => model_variance t h + (model_mean t h - component_mean truth) ^+ 2) =
  gaussian_mixture_any_second_moment t (mixture_variance truth).
Proof.
move=> synthetic; rewrite /gaussian_mixture_any_second_moment mul0r addr0.
rewrite -(conserved_second_moment n_gt0 w_real w_total real_mean real_variance fitted_mean fitted_variance synthetic).
by apply: E_eq => h; rewrite /components (negbTE synthetic) stretched_mean stretched_variance// pool_variance_ge0.
Qed.

End Mixtures.

(* A step of expectation maximization matches mean and second moment by itself, whatever the responsibilities. *)
Section ExpectationMaximization.
Variables (R : realType) (K : finType) (r : K -> R -> R) (s : seq R).
Hypothesis r_ge0 : forall k x, 0 <= r k x.
Hypothesis r_total : forall x, \sum_k r k x = 1.
Hypothesis s_gt0 : (0 < size s)%N.

Definition em_weight k : R := average (r k) s.

Definition em_mean k : R := average (fun x => r k x * x) s / em_weight k.

Definition em_variance k : R := average (fun x => r k x * (x - em_mean k) ^+ 2) s / em_weight k.

Lemma average_sum (g : K -> R -> R) : \sum_k average (g k) s = average (fun x => \sum_k g k x) s.
Proof. by rewrite /average -mulr_suml /total exchange_big. Qed.

(* A component without weight has no part in any sum. *)
Lemma weightless k (g : R -> R) : em_weight k = 0 -> average (fun x => r k x * g x) s = 0.
Proof.
rewrite /em_weight /average => /eqP; rewrite mulf_eq0 invr_eq0 pnatr_eq0 -[size s == 0%N]negbK -lt0n s_gt0 orbF.
rewrite /total => /eqP h; suff -> : \sum_(x <- s) r k x * g x = 0 by rewrite mul0r.
elim: s h => [|x u ih]; first by rewrite !big_nil.
rewrite !big_cons => /eqP; rewrite paddr_eq0//; last by apply: sumr_ge0.
by move=> /andP[/eqP -> /eqP /ih ->]; rewrite mul0r addr0.
Qed.

Lemma weighted_mean k : em_weight k * em_mean k = average (fun x => r k x * x) s.
Proof.
have [k0|k0] := eqVneq (em_weight k) 0; first by rewrite k0 mul0r weightless.
by rewrite /em_mean mulrC divfK.
Qed.

Lemma weighted_square k :
  em_weight k * (em_variance k + em_mean k ^+ 2) = average (fun x => r k x * x ^+ 2) s.
Proof.
have [k0|k0] := eqVneq (em_weight k) 0; first by rewrite k0 mul0r weightless.
rewrite mulrDr /em_variance [_ * (_ / _)]mulrC divfK//.
have := weighted_mean k; move: (em_mean k) => m; rewrite /em_weight /average.
have -> : total (fun x => r k x * (x - m) ^+ 2) s =
    total (fun x => r k x * x ^+ 2) s - 2 * m * total (fun x => r k x * x) s + m ^+ 2 * total (r k) s.
  rewrite /total; elim: s => [|x u ih]; first by rewrite !big_nil; ring.
  by rewrite !big_cons ih; ring.
move: (total _ s) (total _ s) (total _ s) (_%:R^-1) => a b c y e.
rewrite (_ : (a - 2 * m * b + m ^+ 2 * c) * y + c * y * m ^+ 2 = a * y - 2 * m * (b * y) + 2 * m * (c * y * m)).
  by rewrite e; ring.
by ring.
Qed.

Theorem em_step_keeps_the_mean : \sum_k em_weight k * em_mean k = average id s.
Proof.
rewrite (eq_bigr _ (fun k _ => weighted_mean k)) average_sum /average; congr (_ / _).
by apply: eq_bigr => x _; rewrite -mulr_suml r_total mul1r.
Qed.

Theorem em_step_keeps_the_second_moment :
  \sum_k em_weight k * (em_variance k + em_mean k ^+ 2) = average (fun x => x ^+ 2) s.
Proof.
rewrite (eq_bigr _ (fun k _ => weighted_square k)) average_sum /average; congr (_ / _).
by apply: eq_bigr => x _; rewrite -mulr_suml r_total mul1r.
Qed.

End ExpectationMaximization.
